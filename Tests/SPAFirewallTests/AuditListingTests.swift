import SPAFirewall
import Testing

@Suite struct AuditOfWholeListings {
    @Test func theTutorialsRulesHideAndKeep() throws {
        #expect(try verdict(Listings.tutorial, "tcp/22") == .dropped)
        #expect(try verdict(Listings.tutorial, "tcp/22", false) == .accepted)
        #expect(try verdict(Listings.tutorial, "udp/62201") == .dropped)
        #expect(try verdict(Listings.tutorial, "tcp/22", by: "lo") == .accepted)
    }

    @Test func withoutTheEstablishedRuleSessionsHang() throws {
        let table = listing(["-i lo -j ACCEPT"])
        #expect(try verdict(table, "tcp/22", false) == .dropped)
    }

    /// ufw as it stands after `ufw allow 443/tcp`, less the IPv6 half and the forward chains.
    static let ufw = """
        *filter
        :INPUT DROP [0:0]
        :ufw-before-input - [0:0]
        :ufw-before-logging-input - [0:0]
        :ufw-after-input - [0:0]
        :ufw-after-logging-input - [0:0]
        :ufw-reject-input - [0:0]
        :ufw-track-input - [0:0]
        :ufw-logging-deny - [0:0]
        :ufw-not-local - [0:0]
        :ufw-user-input - [0:0]
        :ufw-skip-to-policy-input - [0:0]
        -A INPUT -j ufw-before-logging-input
        -A INPUT -j ufw-before-input
        -A INPUT -j ufw-after-input
        -A INPUT -j ufw-after-logging-input
        -A INPUT -j ufw-reject-input
        -A INPUT -j ufw-track-input
        -A ufw-after-input -p udp -m udp --dport 137 -j ufw-skip-to-policy-input
        -A ufw-after-input -m addrtype --dst-type BROADCAST -j ufw-skip-to-policy-input
        -A ufw-after-logging-input -m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix "[UFW BLOCK] "
        -A ufw-before-input -i lo -j ACCEPT
        -A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
        -A ufw-before-input -m conntrack --ctstate INVALID -j ufw-logging-deny
        -A ufw-before-input -m conntrack --ctstate INVALID -j DROP
        -A ufw-before-input -p icmp -m icmp --icmp-type 8 -j ACCEPT
        -A ufw-before-input -p udp -m udp --sport 67 --dport 68 -j ACCEPT
        -A ufw-before-input -j ufw-not-local
        -A ufw-before-input -d 224.0.0.251/32 -p udp -m udp --dport 5353 -j ACCEPT
        -A ufw-before-input -j ufw-user-input
        -A ufw-logging-deny -m conntrack --ctstate INVALID -m limit --limit 3/min --limit-burst 10 -j RETURN
        -A ufw-logging-deny -m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix "[UFW BLOCK] "
        -A ufw-not-local -m addrtype --dst-type LOCAL -j RETURN
        -A ufw-not-local -m addrtype --dst-type MULTICAST -j RETURN
        -A ufw-not-local -m limit --limit 3/min --limit-burst 10 -j ufw-logging-deny
        -A ufw-not-local -j DROP
        -A ufw-skip-to-policy-input -j DROP
        -A ufw-user-input -p tcp -m tcp --dport 443 -j ACCEPT
        COMMIT
        """

    @Test func ufwHidesWhatItDoesNotAllow() throws {
        #expect(try verdict(AuditOfWholeListings.ufw, "tcp/443") == .accepted)
        #expect(try verdict(AuditOfWholeListings.ufw, "tcp/22", false) == .accepted)
        #expect(try verdict(AuditOfWholeListings.ufw, "tcp/22") == .dropped)
        let open = AuditOfWholeListings.ufw.replacing("--dport 443 ", with: "--dport 22 ")
        #expect(try verdict(open, "tcp/22") == .accepted)
    }

    /// Docker leaves INPUT alone, and fills FORWARD.
    static let docker = """
        *filter
        :INPUT ACCEPT [0:0]
        :FORWARD DROP [0:0]
        :OUTPUT ACCEPT [0:0]
        :DOCKER - [0:0]
        :DOCKER-ISOLATION-STAGE-1 - [0:0]
        :DOCKER-ISOLATION-STAGE-2 - [0:0]
        :DOCKER-USER - [0:0]
        -A FORWARD -j DOCKER-USER
        -A FORWARD -j DOCKER-ISOLATION-STAGE-1
        -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
        -A FORWARD -o docker0 -j DOCKER
        -A FORWARD -i docker0 ! -o docker0 -j ACCEPT
        -A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
        -A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
        -A DOCKER-ISOLATION-STAGE-1 -j RETURN
        -A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
        -A DOCKER-USER -j RETURN
        COMMIT
        """

    @Test func dockersRulesDropNothingAtInput() throws {
        #expect(try verdict(AuditOfWholeListings.docker, "tcp/22") == .accepted)
    }

    /// A firewall that answers.
    static let polite = listing(
        policy: "ACCEPT",
        [
            "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", "-i lo -j ACCEPT",
            "-p tcp -m tcp --dport 80 -j ACCEPT", "-p udp -m udp --dport 62201 -j ACCEPT",
            "-p tcp -j REJECT --reject-with tcp-reset", "-j REJECT --reject-with icmp-port-unreachable",
        ])

    @Test func aFirewallThatAnswersIsSeen() throws {
        #expect(try verdict(AuditOfWholeListings.polite, "tcp/22") == .rejected)
        #expect(try verdict(AuditOfWholeListings.polite, "tcp/80") == .accepted)
        #expect(try verdict(AuditOfWholeListings.polite, "udp/62201") == .accepted)
        #expect(try verdict(AuditOfWholeListings.polite, "tcp/22", false) == .accepted)
    }
}
