"""What access.conf says is what the firewall gets: ports, users, sources, and lifetimes."""

import time

from harness import traffic
from harness.door import Door, DoorCase
from harness.keys import Keys, stanza

A, B, C, D, E, F, G = (Keys.new() for _ in range(7))
ELSEWHERE = "192.0.2.200"  # an address that the server would forward to


class SeveralStanzas(DoorCase):
    @classmethod
    def make_door(cls):
        return Door(keys=A, access="".join((
            stanza(A, FW_ACCESS_TIMEOUT=30, OPEN_PORTS="tcp/22"),
            stanza(B, FW_ACCESS_TIMEOUT=7, MAX_FW_TIMEOUT=20, OPEN_PORTS="tcp/8022,udp/53"),
            stanza(C, REQUIRE_SOURCE_ADDRESS="Y"),
            stanza(D, SOURCE="192.0.2.0/24"),
            stanza(E, OPEN_PORTS=None, RESTRICT_PORTS="tcp/22"),
            stanza(F, FW_ACCESS_TIMEOUT=None, SOURCE="198.51.100.7, 203.0.113.0/24"),
            stanza(G, DESTINATION=ELSEWHERE),
        )))

    def check_lifetime(self, seconds, keys, port, *options, allow):
        """The rule's last second is that of the knock and so many more, rounded up."""
        before = time.time()
        self.door.knock(*options, keys=keys, access=f"tcp/{port}", allow=allow)
        expires = self.door.wait_grant(allow, port).expires
        # However long it took: it was judged between these two.
        self.assertGreaterEqual(expires, before + seconds)
        self.assertLessEqual(expires, time.time() + seconds + 1)

    def refused(self, log, **request):
        door = self.door
        before, rules = len(door.log()), {grant.rule for grant in door.grants()}
        door.knock(*request.pop("options", ()), **request)
        good = door.good_knock_opens()
        self.assertEqual({good.rule}, {grant.rule for grant in door.grants()} - rules)
        if log:
            door.wait_said(log, since=before)

    def send_elsewhere(self, packet):
        """To an address that is not the server's, over the server."""
        self.door.client.run("ip", "route", "replace", ELSEWHERE, "via", self.door.address)
        traffic.send(self.door.client, [packet], ELSEWHERE)

    def test_a_packet_on_its_way_to_somebody_else_opens_nothing(self):
        before = len(self.door.log())
        self.send_elsewhere(self.door.packet(keys=A, allow="192.0.2.130"))
        self.door.good_knock_opens()
        self.assertEqual([], self.door.grants("192.0.2.130"))
        self.door.wait_said("none of this host's", since=before)

    def test_a_destination_line_permits_packets_to_that_address_alone(self):
        self.send_elsewhere(self.door.packet(keys=G, allow="192.0.2.131"))
        self.door.wait_grant("192.0.2.131", 22)
        self.refused(None, keys=G, allow="192.0.2.132")

    def test_each_stanza_opens_its_own_port(self):
        self.door.knock(keys=A, allow="192.0.2.101")
        self.door.wait_grant("192.0.2.101", 22)
        self.door.knock(keys=B, access="tcp/8022", allow="192.0.2.102")
        self.door.wait_grant("192.0.2.102", 8022)
        self.door.wait_said(r"\(stanza #2\) SPA Packet from IP: 203\.0\.113\.2 received with access source")

    def test_no_stanza_opens_the_port_of_another(self):
        self.refused("denied per access", keys=A, access="tcp/8022", allow="192.0.2.103")
        self.refused("denied per access", keys=B, access="tcp/22", allow="192.0.2.103")

    def test_one_packet_opens_several_ports_and_protocols(self):
        self.door.knock(keys=B, access="tcp/8022,udp/53", allow="192.0.2.104")
        self.door.wait_grant("192.0.2.104", 8022)
        self.assertEqual("udp", self.door.wait_grant("192.0.2.104", 53).protocol)

    def test_the_lifetime_is_the_stanzas(self):
        self.check_lifetime(7, B, 8022, allow="192.0.2.105")

    def test_without_a_lifetime_it_is_thirty_seconds(self):
        self.check_lifetime(30, F, 22, allow="192.0.2.106")

    def test_the_client_may_ask_for_a_shorter_lifetime(self):
        self.check_lifetime(4, B, 8022, "-f", "4", allow="192.0.2.107")

    def test_a_longer_wish_is_cut_to_the_stanzas_maximum(self):
        self.check_lifetime(20, B, 8022, "-f", "600", allow="192.0.2.108")

    def test_the_grant_is_taken_away_at_its_end(self):
        self.door.knock("-f", "4", keys=B, access="tcp/8022", allow="192.0.2.109")
        grant = self.door.wait_grant("192.0.2.109", 8022)
        self.door.wait_no_grant("192.0.2.109", 8022, timeout=8)
        # The rule says whole seconds, rounded up; the server is more exact.
        self.assertGreater(time.time(), grant.expires - 1, "it ended early")
        self.door.server.daemon.wait_log(
            rf"Removed rule .*from FWKNOP_INPUT with expire time of {grant.expires}", 3)

    def test_a_required_source_address_is_required(self):
        self.door.knock(keys=C, allow="192.0.2.110")
        self.door.wait_grant("192.0.2.110")
        self.refused("when valid source IP was required", keys=C, allow="0.0.0.0")

    def test_the_packets_source_must_match_the_stanza(self):
        self.refused(None, keys=D, allow="192.0.2.111")

    def test_a_source_in_a_list_matches(self):
        self.door.knock(keys=F, allow="192.0.2.112")
        self.door.wait_grant("192.0.2.112")

    def test_a_restricted_port_is_refused_and_others_open(self):
        self.refused("denied per access", keys=E, access="tcp/22", allow="192.0.2.113")
        self.refused("denied per access", keys=E, access="tcp/8080,tcp/22", allow="192.0.2.113")
        self.door.knock(keys=E, access="tcp/8080", allow="192.0.2.113")
        self.door.wait_grant("192.0.2.113", 8080)

    def test_an_address_of_zeros_means_the_packets_source(self):
        self.door.knock(keys=F, allow="0.0.0.0", access="tcp/2222")
        self.door.wait_grant(self.door.client_address, 2222)

    def test_the_rule_names_source_port_and_both_ends_of_its_time(self):
        self.door.knock(keys=A, allow="192.0.2.114")
        grant = self.door.wait_grant("192.0.2.114")
        for part in ("-s 192.0.2.114/32", "-p tcp", "--dport 22", "--datestart", "--datestop", "-j ACCEPT",
                     f"--comment _exp_{grant.expires}"):
            self.assertIn(part, grant.rule)

    def test_a_grant_is_logged_with_source_port_and_end(self):
        self.door.knock(keys=A, allow="192.0.2.115")
        grant = self.door.wait_grant("192.0.2.115")
        self.door.server.daemon.wait_log(
            rf"Added access rule to FWKNOP_INPUT for 192\.0\.2\.115 -> 0\.0\.0\.0/0 tcp/22, expires at {grant.expires}")
