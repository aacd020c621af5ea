package synctest

import "plumbline/app/soaktest"

// How long and with which seed a fault test runs: see package soaktest.
var (
	Soaking = soaktest.Soaking
	Rounds  = soaktest.Rounds
	Seed    = soaktest.Seed
	Random  = soaktest.Random
)
