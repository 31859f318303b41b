"""What the tests on the running system, the demonstration and the bench stand on: network namespaces, real daemons,
a firewall that drops by default, and waits that poll with a bound."""
