// Plumblined is the central server of a registration authority: laptops send it
// what they recorded and get from it what their colleagues recorded.
//
//	plumblined --data DIR [--listen ADDR]           run
//	plumblined enrol --data DIR --authority CODE    print a one-time code for one laptop
//	plumblined devices --data DIR                   list the laptops
//	plumblined revoke --data DIR DEVICE             end a lost laptop's access
//	plumblined bundle --data DIR FOLDER             read laptops' bundles from a USB stick
//	plumblined recovery-key --data DIR              make a key that opens all bundles
//	plumblined move-files --data DIR --s3-…         move photos and files to S3 buckets
//
// # Where the data are
//
// Everything is in the data folder: plumbline.db (the records; with --postgres
// they are in that database instead), files/ (photos and documents, each
// encrypted under a key of its own), keys/ (device.key, the server's own key,
// and ca.key with ca.crt, its certificate authority) and feed.note (see below).
// All laptops have pinned the keys: a server without its keys folder is another
// server. The folder must be on a local disk, readable by the server's user alone.
//
// # Photos and files on S3
//
// With --s3-endpoint, --s3-bucket and --s3-key-bucket the photos and documents
// lie on an S3 server instead of in files/, so that several plumblined on one
// PostgreSQL have the same ones (package sync/s3 says how they lie there). The
// access keys come from PLUMBLINED_S3_ACCESS_KEY and PLUMBLINED_S3_SECRET_KEY, or
// from the files that those names with _FILE behind them name; they need the
// rights to list, read, write and delete in both buckets. The bucket of keys
// must keep no versions and no backup beyond the retention of destroyed content:
// whoever restores a key brings a destroyed file back. An authority of one's own
// that signed the S3 server's certificate is named by --s3-ca. What is on its way
// lies, encrypted, in spool/ in the data folder for a moment.
//
// The server remembers that its files are in buckets, and refuses to start
// without them; it also refuses to start with them while the folder still holds
// files. move-files copies these: stop the server (all of them that share a
// database, and move the files of each), run it with the settings the server
// shall have, start the server with them. It checks every digest, goes on
// where it was when it is run again, and then puts the folder aside as
// files-moved. Uploads that had only begun begin anew. Destroyed content is
// destroyed in the folder put aside as well, but not in copies of it: remove it
// once there is a backup of the buckets.
//
// # Servers above and below
//
// A province's server pulls everything from its counties' servers, a ministry's
// from its provinces'. At the county `plumblined enrol --above` prints a code; at
// the province `plumblined link add --server URL --code CODE` uses it. The
// province's server then pulls every minute (--link-every), by itself again when
// the county was away, and writes nothing there. Small copies of photos come at
// once, an original when somebody opens it, or with --link-originals as well.
// `plumblined link list` and /metrics (plumbline_link_…) say how it stands: last
// contact, entries behind, the problem if there is one. `plumblined revoke` at
// the county ends it from below, `plumblined link remove` from above; what came
// stays. A county's authority may have no laptops at the province itself, and
// comes from one server: anything else is refused, so that no county can speak in
// another's name.
//
// # TLS
//
// On a loopback address the server speaks plain HTTP. On any other it speaks
// TLS: with --tls-cert and --tls-key if they are given, else with certificates
// of its own authority, whose key each enrolment code carries, so that no
// administrator has to install anything on a laptop. Behind a gateway that
// terminates TLS, --insecure-http says that plain HTTP is meant.
//
// # Backup and restore
//
// Stop the server, or copy in this order while it runs: keys/, files/ or both
// buckets (a file never changes once it is there), then the database (SQLite: VACUUM INTO or
// the backup verb of plumblinectl; PostgreSQL: pg_dump or a base backup with WAL
// for a point in time). Restore all of it and start: the server sees from
// feed.note, or from its absence, that the database is older than what it had
// handed out, begins its feed anew, and every laptop that syncs brings back what
// the backup lacked. Nobody is asked to do anything. Keep feed.note out of the
// backup, or in it: both are right.
//
// # Watching it
//
// /healthz answers 200 when the database can be read; /metrics has counters for
// Prometheus; the log on standard error has one line for each request, with
// --log-json in JSON. SIGINT and SIGTERM let requests under way end.
//
// Exit codes: 0 all right, 1 failed, 2 wrong use.
package main
