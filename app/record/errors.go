package record

import (
	"encoding/json"
	"errors"
)

// Code tells the kinds of faults apart that a person or another machine must
// be able to tell apart. The list only grows: codes travel in answers of the
// server.
type Code string

const (
	Invalid   Code = "invalid"   // what was entered cannot be kept as it is
	NotFound  Code = "not_found" // no such record, file or folder
	Conflict  Code = "conflict"  // somebody else changed it meanwhile
	Forbidden Code = "forbidden" // this person or device may not
	Sealed    Code = "sealed"    // the inspection is sealed: only an amendment may change it
	Full      Code = "full"      // no room on the disk
	ReadOnly  Code = "read_only" // the data folder cannot be written
	Newer     Code = "newer"     // written by a newer version of the program
	Broken    Code = "broken"    // stored bytes do not verify
	Offline   Code = "offline"   // the server cannot be reached
	Busy      Code = "busy"      // another program holds the data folder
	TooLarge  Code = "too_large" // beyond a limit that is told in Args
)

// Error is a fault that a person caused or must deal with. Message is a key of
// assets/lang whose text says what happened and what to do; Args fill its
// {placeholders}; Field names the input at fault, if one is. Everything that
// is not an *Error is shown as "internal" and logged whole.
type Error struct {
	Code    Code
	Message string
	Field   string
	Args    map[string]any
	Err     error // the cause, for the log
}

// Word is the key of a text that stands inside another one, as a value of Args.
type Word string

// MarshalJSON keeps a word apart from a text of the same letters, so that a
// refusal that travels is worded in the reader's language.
func (w Word) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"word": string(w)})
}

// Error gives the message key and cause, for logs; people see the text.
func (e *Error) Error() string {
	s := string(e.Code) + ": " + e.Message
	if e.Field != "" {
		s += " (" + e.Field + ")"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf tells the code of err, or "" when err is nothing a person can mend.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
