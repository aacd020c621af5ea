package xlsform

// Warning is one thing in a workbook that its author should look at. Message
// is a key of assets/lang whose text says what was met and what to do.
type Warning struct {
	Sheet   string         `json:"sheet"`
	Row     int            `json:"row"`    // as the spreadsheet counts, 0 for the sheet as a whole
	Column  string         `json:"column"` // A, B, AA …; "" for the row as a whole
	Message string         `json:"message"`
	Args    map[string]any `json:"args,omitempty"`
}

// maxWarnings is how many warnings are told; a sheet of another kind altogether
// would give one for every cell.
const maxWarnings = 2000

func (in *importer) warn(sheet string, row, column int, message string, args map[string]any) {
	if len(in.out.Warnings) >= maxWarnings {
		in.out.Untold++
		return
	}
	w := Warning{Sheet: sheet, Row: row, Message: message, Args: args}
	if column >= 0 {
		w.Column = columnName(column)
	}
	in.out.Warnings = append(in.out.Warnings, w)
}
