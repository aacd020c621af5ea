// Package store keeps records in SQL. One store serves the laptop's file and
// the server's database: SQLite and PostgreSQL are two dialects of it, opened by
// app/store/sqlite and app/store/postgres.
//
// A write appends journal entries and lets the tables follow in the same
// transaction; what was shown as saved is on the disk. Tables are a pure
// function of the entries at one projection version: Rebuild reproduces them.
// The migrations are the description of the tables.
package store
