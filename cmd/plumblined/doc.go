// Plumblined is the central server of a registration authority: laptops send it
// what they recorded and get from it what their colleagues recorded.
//
//	plumblined --data DIR [--listen ADDR]           run
//	plumblined enrol --data DIR --authority CODE    print a one-time code for one laptop
//	plumblined devices --data DIR                   list the laptops
//	plumblined revoke --data DIR DEVICE             end a lost laptop's access
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
// Stop the server, or copy in this order while it runs: keys/, files/ (a file
// never changes once it is there), then the database (SQLite: VACUUM INTO or
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
