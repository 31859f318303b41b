"""What the programs are linked with says what they can do; read from the files that were built."""

import re
import subprocess
import unittest

from harness import needs

SERVER = ("spad", "spad-worker", "spad-helper")
PROGRAMS = (*SERVER, "spad-filter", "spa-proxy", "spa-knock")

# What each program may be linked with, and must be: Swift needs the first four.
SWIFT = {"libc", "libm", "libgcc_s", "libstdc++"}
LIBRARIES = {
    "spad": SWIFT | {"libcap"}, "spad-helper": SWIFT | {"libcap"}, "spad-worker": SWIFT | {"libcap", "libcrypto"},
    "spad-filter": SWIFT | {"libpcap"},
    "spa-proxy": SWIFT | {"libcrypto", "libssl"}, "spa-knock": SWIFT | {"libcrypto", "libssl"},
}
# Loader and kernel, which are in every process.
EVERYWHERE = {"linux-vdso", "ld-linux-x86-64", "/lib64/ld-linux-x86-64", "ld-linux-aarch64", "/lib/ld-linux-aarch64"}


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


class Binaries(unittest.TestCase):
    def libraries(self, name):
        return set(re.findall(r"^\s*(\S+?)\.so", output("ldd", needs.program(name)), re.MULTILINE))

    def test_each_program_names_the_libraries_that_it_needs_and_no_other(self):
        for name, wanted in LIBRARIES.items():
            with self.subTest(name):
                needed = re.findall(r"\(NEEDED\).*\[(\S+?)\.so", output("readelf", "-d", needs.program(name)))
                self.assertEqual(wanted, set(needed) - EVERYWHERE)

    def test_no_program_that_lives_on_loads_a_library_through_another_one(self):
        for name in sorted(set(PROGRAMS) - {"spad-filter"}):
            with self.subTest(name):
                self.assertEqual(set(), self.libraries(name) - LIBRARIES[name] - EVERYWHERE)

    def test_the_program_that_compiles_the_filter_is_the_only_one_with_libpcap(self):
        self.assertEqual({"spad-filter"}, {name for name in PROGRAMS if "libpcap" in self.libraries(name)})

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
                             ("spad-worker", "SPAFirewall"), ("spad-worker", "SPACapture"), ("spad", "SPACapture"),
                             ("spad-filter", "SPAConfig"), ("spad-filter", "SPAKeys")):
            with self.subTest(f"{name} {module}"):
                self.assertNotIn(f"$s{len(module)}{module}", output("nm", needs.program(name)))
