package report

// photoSheet is the sheet of photos 现场照片, each with number, time, who took it
// and the digest of its original.
func photoSheet(r *paper) error {
	r.head()
	r.draftBox()
	f := r.form()
	f.organization()
	if len(r.in.Photos) == 0 {
		r.y += 3
		r.paragraphs(r.said("report.evidence.none", written, underWide)...)
		return nil
	}
	r.y += 4
	r.photoGrid()
	return nil
}
