"""What the programs are linked with says what they can do; read from the files that were built."""

import re
import subprocess
import unittest

from harness import needs

SERVER = ("spad", "spad-worker", "spad-helper")
PROGRAMS = (*SERVER, "spa-proxy", "spa-knock")


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


class Binaries(unittest.TestCase):
    def libraries(self, name):
        return set(re.findall(r"^\s*(\S+?)\.so", output("ldd", needs.program(name)), re.MULTILINE))

    def test_the_helper_links_no_libcrypto(self):
        self.assertFalse({"libcrypto", "libssl"} & self.libraries("spad-helper"))

    def test_the_worker_links_no_libpcap(self):
        self.assertNotIn("libpcap", self.libraries("spad-worker"))

    def test_the_supervisor_links_neither(self):
        self.assertFalse({"libcrypto", "libssl", "libpcap"} & self.libraries("spad"))

    def test_the_worker_does_link_libcrypto_and_the_helper_libpcap(self):
        self.assertIn("libcrypto", self.libraries("spad-worker"))
        self.assertIn("libpcap", self.libraries("spad-helper"))

    def test_no_program_links_the_swift_runtime_dynamically(self):
        for name in PROGRAMS:
            with self.subTest(name):
                self.assertEqual([], [each for each in self.libraries(name) if "swift" in each.lower()])

    def test_no_program_has_a_run_path(self):
        for name in PROGRAMS:
            with self.subTest(name):
                self.assertNotRegex(output("readelf", "-d", needs.program(name)), r"\((RUNPATH|RPATH)\)")

    def test_every_program_is_position_independent_with_all_symbols_bound_at_start(self):
        for name in PROGRAMS:
            with self.subTest(name):
                dynamic = output("readelf", "-d", needs.program(name))
                self.assertRegex(dynamic, r"\bBIND_NOW\b|Flags:.*\bNOW\b")
                self.assertRegex(dynamic, r"Flags:.*\bPIE\b")
                self.assertIn("GNU_RELRO", output("readelf", "-lW", needs.program(name)))

    def test_no_stack_is_executable(self):
        for name in PROGRAMS:
            with self.subTest(name):
                stack = re.search(r"GNU_STACK.*", output("readelf", "-lW", needs.program(name)))[0]
                self.assertNotIn("E", stack.split()[6])

    def test_no_program_contains_foundation(self):
        for name in (*SERVER, "spa-proxy"):
            with self.subTest(name):
                symbols = output("nm", needs.program(name))
                self.assertIn("main", symbols)
                self.assertNotRegex(symbols, r"\$s(10Foundation|20FoundationEssentials)")

    def test_only_the_worker_of_the_servers_programs_contains_the_packet_code(self):
        for name, module in (("spad-helper", "SPADissect"), ("spad-helper", "SPAPacket"), ("spad", "SPADissect"),
                             ("spad-worker", "SPAFirewall"), ("spad-worker", "SPACapture")):
            with self.subTest(f"{name} {module}"):
                self.assertNotIn(f"$s{len(module)}{module}", output("nm", needs.program(name)))
