// Package desk is one laptop's data folder and what its people do with it:
// import a register, plan an inspection, answer, attach photos, sign, seal,
// print (one document, or a batch into a folder with its list), verify, back up
// and restore. The desktop window and the command line
// are two faces of it, so both give the same result.
//
// The folder holds plumbline.db (the store), files/ (photos, signatures and
// documents by digest), keys/ (the device's key, people's keys under their
// PINs) and lock. Several programs may have it open; restoring takes it alone.
package desk
