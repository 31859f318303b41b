"""The documents say what the programs do: links, names, options and samples are compared with what is there."""

import glob
import os
import re
import subprocess
import unittest

from harness import needs
from harness.cleanup import Folder
from harness.keys import Keys, stanza

ROOT = needs.REPOSITORY


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def pages():
    """Every Markdown page of the repository, from its root."""
    found = glob.glob(os.path.join(ROOT, "*.md"))
    for folder in ("docs", "Tests"):
        found += glob.glob(os.path.join(ROOT, folder, "**", "*.md"), recursive=True)
    return sorted(os.path.relpath(path, ROOT) for path in found)


def without_code(text):
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))


def anchors(text):
    """The names under which a page's headings can be linked to."""
    headings = re.findall(r"^#+ +(.+?) *$", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), re.MULTILINE)
    plain = (re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings)
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


class Links(unittest.TestCase):
    def test_there_are_pages(self):
        self.assertGreater(len(pages()), 20)

    def test_every_linked_file_and_section_exists(self):
        count = 0
        for page in pages():
            for target in re.findall(r"\]\(([^)\s]+)\)", without_code(read(page))):
                if re.match(r"[a-z]+:", target):
                    continue
                count += 1
                path, _, section = target.partition("#")
                full = os.path.join(ROOT, os.path.dirname(page), path) if path else os.path.join(ROOT, page)
                with self.subTest(f"{page}: {target}"):
                    self.assertTrue(os.path.exists(full))
                    if section:
                        with open(full, encoding="utf-8") as file:
                            self.assertIn(section, anchors(file.read()))
        self.assertGreater(count, 30)

    def test_every_path_of_the_repository_that_a_page_names_exists(self):
        count = 0
        for page in pages():
            for path in re.findall(r"`((?:Sources|Tests|contrib|docs|SPA[A-Z]\w+)/[\w./-]+)`", read(page)):
                count += 1
                with self.subTest(f"{page}: {path}"):
                    places = (os.path.join(ROOT, base, path) for base in ("", "Sources", "Tests"))
                    self.assertTrue(any(map(os.path.exists, places)))
        self.assertGreater(count, 20)

    def test_every_make_target_that_a_page_names_exists(self):
        targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
        for page in pages():
            named = re.findall(r"(?:`|^    )make ([a-z-]+)", read(page), re.MULTILINE)
            with self.subTest(page):
                self.assertEqual(set(), set(named) - targets)

    def test_every_section_of_the_protocol_that_the_code_cites_exists(self):
        sections = set(re.findall(r"^#+ (\d+(?:\.\d+)?)\.? ", read("docs", "protocol.md"), re.MULTILINE))
        cited = set()
        for path in glob.glob(os.path.join(ROOT, "Sources", "*", "*.swift")):
            for places in re.findall(r"docs/protocol\.md,? ?(?:sections?)?([\d., and]+)", read(path)):
                cited |= {number.rstrip(".") for number in re.findall(r"\d+(?:\.\d+)?", places)}
        self.assertGreater(len(cited), 4)
        lists = {number for number in cited if number.startswith("11.")}  # items of a list
        self.assertEqual(set(), cited - lists - sections)

    def test_the_table_of_modules_is_that_of_the_package(self):
        package = read("Package.swift")
        modules = dict(re.findall(r'^ +module\(\s*"(\w+)"(?:,\s*\[(.*?)\])?\)', package, re.MULTILINE | re.DOTALL))
        rows = dict(re.findall(r"^\| `(SPA\w+)` \|[^|]*\|([^|]*)\|$", read("docs", "structure.md"), re.MULTILINE))
        self.assertGreater(len(modules), 20)
        self.assertEqual(set(modules), set(rows))
        for name, imports in modules.items():
            with self.subTest(name):
                ours = set(re.findall(r"SPA\w+", imports))
                named = set(re.findall(r"`(SPA\w+)`", rows[name]))
                if rows[name].strip().startswith("no "):
                    self.assertEqual(set(), ours & named)
                elif name != "SPAClient":
                    self.assertEqual(ours, named)

    def test_no_decision_is_without_its_four_parts(self):
        decisions = [page for page in pages() if page.startswith("docs/decisions/")]
        self.assertGreater(len(decisions), 10)
        for number, page in enumerate(decisions, 1):
            with self.subTest(page):
                text = read(page)
                self.assertTrue(os.path.basename(page).startswith(f"{number:04}-"))
                self.assertTrue(text.startswith(f"# {number}. "))
                parts = re.findall(r"^\*\*(\w+)\.\*\*", text, re.MULTILINE)
                self.assertEqual(["Context", "Choice", "Rejected", "Consequences"], parts)


class ThreatModel(unittest.TestCase):
    """What it says that a test shows, a test of that name shows."""

    def named(self):
        text = read("docs", "threat-model.md")
        return (set(re.findall(r"`([a-z_]+\.[A-Z]\w+)`", text)),
                set(re.findall(r"`(SPA\w+Tests\.[A-Z]\w+)`", text)),
                {name for row in re.findall(r"fuzz target[s]?\)? ?\(?((?:`\w+`(?:, )?)+)|\(targets ((?:`\w+`(?:, )?)+)\)", text)
                 for name in re.findall(r"`(\w+)`", "".join(row))})

    def test_each_property_names_a_test(self):
        rows = re.findall(r"^\| (B\d+) \|[^|]*\|([^|]*)\|$", read("docs", "threat-model.md"), re.MULTILINE)
        self.assertEqual([f"B{number}" for number in range(1, 13)], [name for name, _ in rows])
        for name, tests in rows:
            self.assertRegex(tests, r"`\w+\.[A-Z]\w+`", name)

    def test_every_test_on_the_running_system_exists(self):
        names, _, _ = self.named()
        self.assertGreater(len(names), 25)
        for name in names:
            with self.subTest(name):
                module, case = name.split(".")
                self.assertRegex(read("Tests", "System", f"test_{module}.py"), rf"(?m)^class {case}\(")

    def test_every_unit_test_exists(self):
        _, names, _ = self.named()
        self.assertGreater(len(names), 5)
        for name in names:
            with self.subTest(name):
                module, suite = name.split(".")
                files = glob.glob(os.path.join(ROOT, "Tests", module, "*.swift"))
                self.assertTrue(any(re.search(rf"@Suite struct {suite}\b", read(os.path.relpath(path, ROOT))) for path in files))

    def test_every_fuzz_target_exists(self):
        _, _, names = self.named()
        self.assertGreater(len(names), 3)
        self.assertEqual(set(), names - set(os.listdir(os.path.join(ROOT, "Tests", "Fuzz", "corpus"))))


FILES = {
    "spad.conf": ("ServerNames.swift", "ServerName", "spad.conf.5"),
    "access.conf": ("AccessNames.swift", "AccessName", "spad-access.conf.5"),
    "rc file": ("ClientNames.swift", "ClientName", "sallyport-rc.5"),
}


def supported(file):
    """The names that the code acts on."""
    source, enum, _ = FILES[file]
    body = re.search(rf"enum {enum}\b.*?\n\n", read("Sources", "SPAConfig", source), re.DOTALL)[0]
    return set(re.findall(r'case \w+ = "(\w+)"', body))


def section(file):
    return re.search(rf"^## {re.escape(file)}$(.*?)(?=^## )", read("docs", "configuration.md"), re.M | re.S)[1]


def rows(file):
    """`{name: example}` of the table of names."""
    return dict(re.findall(r"^\| `(\w+)` \| (?:`([^`]+)`|[^|]+) \|", section(file), re.MULTILINE))


def listed(file, opening):
    """The names of the paragraph that starts like this."""
    paragraph = re.search(rf"^{opening} {'the ' if file == 'rc file' else ''}{re.escape(file)}(.*?)(?:\n\n|\Z)",
                          section(file), re.M | re.S)
    return re.findall(r"`([%\w]{2,})`", paragraph[1])


class Reader(unittest.TestCase):
    """Has the programs read files."""

    @classmethod
    def setUpClass(cls):
        cls.folder, cls.keys = Folder(), Keys.new()
        cls.addClassCleanup(cls.folder.close)
        # The password manager of the examples.
        cls.folder.write("pass", "#!/bin/sh\ncase $2 in *key) echo b25lLXR3bw==;; *) echo dGhyZWU=;; esac\n", 0o755)

    def said(self, *command):
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False,
                              env={"HOME": self.folder.path, "LOGNAME": "tester",
                                   "PATH": f"{self.folder.path}:{os.environ['PATH']}"})
        return done.returncode, done.stdout + done.stderr

    def server(self, main="", access=None):
        """Status and words of `spad` about these texts."""
        return self.said(needs.program("spad"), "--exit-parse-config", "-c", self.folder.write("spad.conf", main),
                         "-a", self.folder.write("access.conf", access or stanza(self.keys)))

    def client(self, rc, name="door"):
        """Status and words of `spa-knock` about this rc file. Nothing is sent."""
        return self.said(needs.program("spa-knock"), "--rc-file", self.folder.write("rc", rc), "-n", name, "--test",
                         "-A", "tcp/22", "-a", "192.0.2.1", "-D", "127.0.0.1")

    def about(self, file, *lines):
        """The same for some lines in a file that is good otherwise."""
        extra = dict(line.split(" ", 1) for line in lines)
        given = {name.removesuffix("_COMMAND").removesuffix("_BASE64") for name in extra}
        if file == "spad.conf":
            return self.server("".join(f"{line}\n" for line in lines))
        base = {name: value for name, value in self.keys.lines().items() if name.removesuffix("_BASE64") not in given}
        if file == "rc file":
            return self.client("[door]\n" + "".join(f"{name} {value}\n" for name, value in {**base, **extra}.items()))
        merged = {"SOURCE": extra.pop("SOURCE", "ANY"), "OPEN_PORTS": "tcp/22", **base, **extra}
        return self.server(access="".join(f"{name} {value}\n" for name, value in merged.items()))


class ConfigurationNames(Reader):
    def test_every_supported_name_has_a_row_and_every_row_is_supported(self):
        for file in FILES:
            with self.subTest(file):
                self.assertGreater(len(supported(file)), 10)
                self.assertEqual(supported(file), set(rows(file)))

    def test_every_supported_name_is_in_the_manual_page(self):
        for file, (_, _, page) in FILES.items():
            items = set(re.findall(r"^\.It Cm (\w+)", read("docs", "man", page), re.MULTILINE))
            with self.subTest(page):
                self.assertEqual(supported(file), items)

    def test_every_example_is_accepted(self):
        for file in FILES:
            for name, example in rows(file).items():
                value = example or {"KEY": "one-two-three", "HMAC_KEY": "four-five-six"}.get(name) \
                    or self.keys.lines()[name]
                with self.subTest(f"{file}: {name} {example}"):
                    status, text = self.about(file, f"{name} {value}")
                    self.assertEqual(0, status, text)

    def test_the_ignored_names_are_ignored(self):
        for file in FILES:
            for name in listed(file, "Ignored in"):
                with self.subTest(f"{file}: {name}"):
                    status, text = self.about(file, f"{name} 1")
                    self.assertEqual(0, status, text)
                    if file != "rc file":
                        self.assertIn(f"{name}: known, not supported yet: ignored", text)

    def test_the_switches_may_say_no_and_not_yes(self):
        for file in FILES:
            for name in listed(file, "Must be `N` in"):
                with self.subTest(f"{file}: {name}"):
                    self.assertEqual(0, self.about(file, f"{name} N")[0])
                    status, text = self.about(file, f"{name} Y")
                    self.assertNotEqual(0, status)
                    self.assertIn(f"{name}: known, not supported yet", text)

    def test_the_refused_names_are_refused_as_known(self):
        for file in FILES:
            for name in listed(file, "Refused in"):
                with self.subTest(f"{file}: {name}"):
                    status, text = self.about(file, f"{name} 1")
                    self.assertNotEqual(0, status)
                    self.assertIn(f"{name}: known, not supported yet", text)

    def test_every_known_name_of_the_code_is_in_one_of_the_three_lists(self):
        for file, (source, _, _) in FILES.items():
            named = set(re.findall(r'"([%\w]+)":\s*\.(?:noEffect|switchedOff|refused)',
                                   read("Sources", "SPAConfig", source)))
            lists = [listed(file, opening) for opening in ("Ignored in", "Must be `N` in", "Refused in")]
            with self.subTest(file):
                self.assertGreater(len(named), 20)
                self.assertEqual(set(), named - set().union(*lists))
                self.assertEqual(len(set().union(*lists)), sum(map(len, lists)), "a name is listed twice")

    def test_an_unknown_name_is_refused(self):
        for file in FILES:
            with self.subTest(file):
                self.assertNotEqual(0, self.about(file, "NO_SUCH_NAME 1")[0])


class Samples(Reader):
    """What the README and contrib/examples tell to write, with keys put in."""

    def filled(self, text):
        for name, value in self.keys.lines().items():
            text = re.sub(rf"^({name}\s+)__CHANGEME__", rf"\g<1>{value}", text, flags=re.MULTILINE)
        self.assertNotIn("__CHANGEME__", text)
        return text

    def sample(self, kind):
        blocks = re.findall(rf"^```{re.escape(kind)}\n(.*?)^```", read("README.md"), re.M | re.S)
        self.assertEqual(1, len(blocks), kind)
        return blocks[0]

    def test_the_servers_samples_are_accepted_without_a_warning(self):
        for where, take in (("README", self.sample), ("examples", lambda name: read("contrib", "examples", name))):
            with self.subTest(where):
                self.assertEqual((0, "Configs parsed, exiting.\n"),
                                 self.server(take("spad.conf"), self.filled(take("access.conf"))))

    def test_the_samples_with_their_placeholders_are_refused(self):
        status, text = self.server(self.sample("spad.conf"), self.sample("access.conf"))
        self.assertEqual(1, status)
        self.assertIn("placeholder", text)

    def test_the_clients_samples_are_accepted(self):
        for where, text in (("README", self.sample("rc")), ("examples", read("contrib", "examples", "rc"))):
            with self.subTest(where):
                status, said = self.client(self.filled(text), "myserver")
                self.assertEqual(0, status, said)

    def test_both_samples_fit_together(self):
        self.assertEqual(re.findall(r"^(?:HMAC_)?KEY\w*", self.sample("access.conf"), re.M),
                         re.findall(r"^(?:HMAC_)?KEY\w*", self.sample("rc"), re.M))


class ManualPages(unittest.TestCase):
    PAGES = {"spad": "spad.8", "spad-worker": "spad-worker.8", "spad-helper": "spad-helper.8", "spad-filter": "spad-filter.8",
             "spa-proxy": "spa-proxy.1", "spa-knock": "spa-knock.1"}

    @staticmethod
    def options(program):
        """The options that `--help` shows."""
        done = subprocess.run([needs.program(program), "--help"], capture_output=True, text=True, timeout=20,
                              check=False, stdin=subprocess.DEVNULL)
        lines = re.findall(r"^ +(-.*?)(?:  |$)", done.stdout, re.MULTILINE)
        return {option for line in lines for option in re.findall(r"(?:^|(?<=[ ,]))--?[A-Za-z][\w-]*", line)}

    @staticmethod
    def shown(page):
        done = subprocess.run(["mandoc", "-T", "ascii", os.path.join(ROOT, "docs", "man", page)],
                              capture_output=True, text=True, timeout=20, check=True)
        return re.sub(".\b", "", done.stdout)

    def test_every_program_has_its_page(self):
        for page in self.PAGES.values():
            with self.subTest(page):
                self.assertTrue(os.path.exists(os.path.join(ROOT, "docs", "man", page)))

    def test_every_option_of_help_is_in_the_page(self):
        for program, least in (("spad", 15), ("spa-proxy", 12), ("spa-knock", 30)):
            options = self.options(program)
            self.assertGreaterEqual(len(options), least, program)
            text = self.shown(self.PAGES[program])
            for option in sorted(options):
                with self.subTest(f"{program} {option}"):
                    self.assertRegex(text, rf"(?<![\w-]){option}(?![\w-])")

    def test_every_option_of_the_page_is_one(self):
        for program in ("spad", "spa-proxy", "spa-knock"):
            for option in sorted(set(re.findall(r"(?<![\w-])--[a-z][\w-]+", self.shown(self.PAGES[program])))):
                with self.subTest(f"{program} {option}"):
                    done = subprocess.run([needs.program(program), "--help", option], capture_output=True, text=True,
                                          timeout=20, check=False, stdin=subprocess.DEVNULL)
                    self.assertNotIn("unknown or ambiguous", done.stdout + done.stderr)

    def test_worker_and_helper_have_no_options(self):
        for program in ("spad-worker", "spad-helper"):
            with self.subTest(program):
                self.assertEqual(set(), self.options(program))
                self.assertNotRegex(self.shown(self.PAGES[program]), r"(?<!\w)--?[a-z]")

    def test_every_page_is_clean(self):
        every = glob.glob(os.path.join(ROOT, "docs", "man", "*.[1-8]"))
        done = subprocess.run(["mandoc", "-Tlint", "-W", "warning", *every], capture_output=True, text=True,
                              timeout=20, check=False)
        self.assertEqual((0, ""), (done.returncode, done.stdout + done.stderr))
