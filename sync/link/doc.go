// Package link keeps a server's ways to the servers below it: a province pulls
// everything from its counties, a ministry from its provinces. A server above is
// at each of them a device that reads everything and writes nothing;
// sync/protocol/README.md says what goes over the wire and what is checked.
package link
