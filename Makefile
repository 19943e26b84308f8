# The front door. Each target installs what is missing (Debian 12) and calls Meson; CC chooses the
# compiler, BUILD the folder.
BUILD ?= build
MESON_FLAGS ?=
export LC_ALL = C.UTF-8

all: $(BUILD)/build.ninja
	ninja -C $(BUILD)

$(BUILD)/build.ninja:
	tools/install-packages build
	meson setup $(BUILD) $(MESON_FLAGS)

# 503 members of 40 organisations sign a letter; leaves $(BUILD)/demo/bundle. MEMBERS=20000 for more.
demo: all
	examples/demo/run $(BUILD) $(BUILD)/demo $(or $(MEMBERS),6000)

# Everything that is checked: unit, attack and scenario tests, sanitizers, constant time, fuzz
# corpora, wasm32, lint. Ends with "N passed, N failed".
test: all
	tools/install-packages test
	tools/run-tests $(BUILD)

# Two desks, three witnesses and a Tor network on loopback: 1,000 statements delivered while the desks
# are killed 30 times, a closing, a mirror that verifies, a forked log that is refused. Some minutes.
shown-desk: all
	tools/install-packages test
	tests/shown/desk.sh $(BUILD)

# The unit tests alone, with the compiler of CC.
check: all
	meson test -C $(BUILD) --print-errorlogs

# Figures as a table, as build/bench/figures.json, and as plots; FULL=1 measures the large sizes too.
bench: all
	tools/install-packages bench
	tools/bench $(BUILD) $(if $(FULL),--full)

# What the measurements of a desk deliver: a ring of 10,000 (MEMBERS) and 4,000 statements (SIGNERS),
# made once in BUILD/fixtures; with POLL=poll answers to a poll.
fixtures: all ; bench/fixtures $(BUILD) $(or $(MEMBERS),10000) $(or $(SIGNERS),4000) $(POLL)

# Whether times tell one secret from another: Welch's t over RUNS signatures, on BACKEND.
welch: all ; $(BUILD)/undersign-welch $(or $(RUNS),100000) $(BACKEND)

# Constant time at every place of every ring of 2 to 64, as each compiler makes it.
ctime: ; tools/install-packages test && UNDERSIGN_FULL=1 tools/test-ctime build-ctime

# Faults and attacks on the desk at full length, an hour or so; results are in BUILD/faults.log.
faults: all
	tools/install-packages test
	tools/test-faults $(BUILD)

# The units under a real systemd: a Debian is made and booted in a container, twice. As root.
systemd: all
	tools/install-packages systemd
	UNDERSIGN=$(CURDIR)/$(BUILD)/undersign DEMO_MEMBERS=$(CURDIR)/$(BUILD)/examples/demo/demo-members \
		tests/packaging/under_systemd.py $(BUILD) $(BUILD)/systemd

# The core's tests on aarch64, by an emulator; adds that architecture's packages to the machine.
machines: ; tools/test-machines build-aarch64

# The letter's page in Chromium (npm fetches playwright-core and axe-core into BUILD/browser), and
# the pictures of doc/pictures.
pages: demo ; tools/install-packages test && tests/shown/pages.sh $(BUILD) $(BUILD)/demo
# How long a browser takes: the recount of the demonstration, signing among 3,000, 20,000 and 100,000.
pages-speed: demo ; tests/shown/pages.sh $(BUILD) $(BUILD)/demo --speed
pictures: demo ; tests/shown/pages.sh $(BUILD) $(BUILD)/demo doc/pictures

# What happens around an invented letter, from its opening to the last reply; leaves $(BUILD)/story/bundle.
story: all ; tests/shown/record.sh $(BUILD) $(BUILD)/story

# One HTML file for browsers that are offline, and what to compare it by.
kit: all ; sha256sum $(BUILD)/web/kit.html

fuzz: ; tools/install-packages test && tools/fuzz $(or $(SECONDS_EACH),600)

format: ; git ls-files '*.c' '*.h' ':!third' | xargs clang-format -i

install: all
	meson install -C $(BUILD)

clean: ; rm -rf $(BUILD) build-*

.PHONY: all demo test shown-desk check bench fixtures faults systemd welch ctime machines pages pages-speed pictures story kit fuzz format install clean
