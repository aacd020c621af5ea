package main

func enrol(c *call) error   { return nil }
func syncNow(c *call) error { return nil }
