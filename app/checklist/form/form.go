package form

// Form is the definition of a form. The engine only reads it.
//
// Every logic field is the text of an XPath expression as authors write it in
// XLSForm, with ${name} for the answer to another question; "" means that there
// is none. Words such as yes and TRUE in a required column are not expressions:
// whoever builds a Form writes true() for them.
type Form struct {
	// Name is the name of the root, the first step of absolute paths: "data"
	// for most forms. "" stands for "data".
	Name    string
	ID      string
	Version string
	Title   Text
	// Languages lists the languages of the labels, the default one first. A form
	// whose labels have no language has one language, "".
	Languages []string
	// InstanceName is an expression that names one filling of the form.
	InstanceName string
	Lists        []List
	Nodes        []*Node
	// Namespaces, Attributes and the like of a workbook's settings concern
	// other programs and are not here.
}

// Text is a text in several languages, by language; "" is the language of
// texts that name none. A text holds ${name} where an answer is to be shown.
// Where a form was compiled by others, ${…} may hold any expression.
type Text map[string]string

// In gives the text in a language; where it has none, the text that names no
// language, then the first that there is in the order of languages.
func (t Text) In(language string, languages ...string) string {
	if s, ok := t[language]; ok {
		return s
	}
	if s, ok := t[""]; ok {
		return s
	}
	for _, l := range languages {
		if s, ok := t[l]; ok {
			return s
		}
	}
	return ""
}

// List is a list of choices, or a table that expressions look things up in.
// An expression sees it as instance('Name')/root/item, each item with a child
// for the name, the label and every column.
type List struct {
	Name string
	// File names the file that holds the rows ("organizations.csv") when they
	// come with the form and not in it. Its rows stand in Choices like others;
	// until someone has read the file there are none, and its questions offer
	// nothing.
	File string
	// External marks a list of select_one_external, whose name may be that of
	// another list too. Expressions do not see it.
	External bool
	Choices  []Choice
}

// Choice is one row of a list.
type Choice struct {
	// Name is what is kept as the answer. It should hold no white space: the
	// answers of a select_multiple are separated by it.
	Name  string
	Label Text
	Media map[string]Text // by kind: image, audio, video
	// Columns holds all other columns, by name, for choice filters, scores and
	// lookups. A table that is no list of choices has only columns.
	Columns map[string]string
}

// Kind says what a node of the definition is.
type Kind int

const (
	Question Kind = iota // also notes, calculations and metadata: whatever can hold a value
	Group
	Repeat
)

// Type is the type of a question. The zero value holds text.
type Type string

// What a value of a type looks like follows ODK: whole numbers and decimals in
// digits with a point; dates as 2025-06-15; times as 10:20:30.000+08:00; date
// times as both joined by T; a geopoint as latitude, longitude, altitude and
// accuracy in metres, separated by spaces; several choices separated by spaces.
const (
	TypeText           Type = "text"
	TypeInteger        Type = "integer"
	TypeDecimal        Type = "decimal"
	TypeBoolean        Type = "boolean"
	TypeDate           Type = "date"
	TypeTime           Type = "time"
	TypeDateTime       Type = "dateTime"
	TypeSelectOne      Type = "select_one"
	TypeSelectMultiple Type = "select_multiple"
	TypeRank           Type = "rank"
	TypeRange          Type = "range"
	TypeNote           Type = "note"
	TypeAcknowledge    Type = "acknowledge" // "OK" once acknowledged
	TypeCalculate      Type = "calculate"
	TypeHidden         Type = "hidden"
	TypeImage          Type = "image"
	TypeAudio          Type = "audio"
	TypeVideo          Type = "video"
	TypeFile           Type = "file"
	TypeBarcode        Type = "barcode"
	TypeGeopoint       Type = "geopoint"
	TypeGeotrace       Type = "geotrace"
	TypeGeoshape       Type = "geoshape"
	TypeMetadata       Type = "metadata" // filled by Preload, never asked
)

// Node is a question, a group or a repeat of the definition.
type Node struct {
	// UID is the node's stable identity across versions of the form, under which
	// answers are kept. "" is allowed and then nothing can be found by it.
	UID  string
	Kind Kind
	// Name is the node's name in paths and in ${}.
	Name string
	Type Type
	// Holds is the type of the value where Type does not tell it: a range or a
	// calculation can hold a whole number. "" leaves it to Type.
	Holds Type

	Label             Text
	Hint              Text
	Guidance          Text
	ConstraintMessage Text
	RequiredMessage   Text
	Media             map[string]Text // by kind: image, audio, video, big-image

	// Relevant says whether the node is there at all. What is not relevant reads
	// as "" everywhere, and has its value back when it becomes relevant again.
	Relevant string
	// Required says whether a relevant question must have a value.
	Required string
	// ReadOnly says whether an inspector may not change the value. A calculation
	// is not read-only by itself: give true() where it is.
	ReadOnly string
	// Constraint is checked when there is a value; "." is that value.
	Constraint string
	// Calculate gives the value, again whenever something it reads changes. With
	// Trigger it is evaluated only when one of the named questions is answered.
	Calculate string
	// Trigger names questions (names without ${}, or paths).
	Trigger []string
	// Default is the value at the beginning, as it stands.
	Default string
	// DefaultExpression is evaluated once, when the filling begins or the node's
	// repeat is added, and then is the value. It wins over Default.
	DefaultExpression string
	// Preload is what the program knows by itself; see the constants Preload….
	Preload Preload

	Choices Choices

	// Count says how many times a repeat is there; the inspector cannot add to
	// it then. "" leaves it to the inspector, who begins with one.
	Count string
	// Empty says that a repeat without Count begins with none.
	Empty bool

	// Appearance and Parameters are for who shows the form.
	Appearance []string
	Parameters map[string]string

	Children []*Node // of a group or repeat
}

// Choices says where a question's choices come from.
type Choices struct {
	// List names a List of the form, with External one of those.
	List     string
	External bool
	// Nodes is an expression for the nodes that are the choices where they come
	// from no list: "${person}" for the instances of a repeat. Value and Label
	// then name the children, paths from such a node, that hold what is kept and
	// what is shown.
	Nodes        string
	Value, Label string
	// Filter keeps the choices for which it is true. Names in it are columns of
	// the choice; ${} are answers.
	Filter string
	// Random shuffles the choices, always in the same way when Seed, an
	// expression for a number, has the same value. Without a Seed the order is
	// that of Circumstances.Seed.
	Random bool
	Seed   string
}

// Preload names something that the program fills in by itself.
type Preload string

const (
	PreloadStart        Preload = "start"       // when the filling began
	PreloadEnd          Preload = "end"         // when it was finished
	PreloadToday        Preload = "today"       // the day it began
	PreloadDevice       Preload = "deviceid"    // Circumstances.Device
	PreloadUser         Preload = "username"    // Circumstances.User
	PreloadEmail        Preload = "email"       // Circumstances.Email
	PreloadPhone        Preload = "phonenumber" // Circumstances.Phone
	PreloadInstance     Preload = "instanceID"  // Circumstances.Instance
	PreloadInstanceName Preload = "instanceName"
)
