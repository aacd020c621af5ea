// Package account is the server's list of devices: one-time codes, enrolment,
// revocation, tokens, and the devices' signatures over their journals. Its
// tables lie beside the records in the same database, so that a backup of the
// one is a backup of the other; sync/protocol/README.md describes what is signed.
package account
