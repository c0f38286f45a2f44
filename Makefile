# The two commands that stay the same: `make start` and `make check`.  Meson does the building.

PREFIX ?= /usr/local
DESTDIR ?=
BUILD_NEEDS = gcc libc6-dev meson ninja-build pkgconf libssl-dev libseccomp-dev libjansson-dev libmagic-dev \
	zlib1g-dev libbz2-dev liblzma-dev libzstd-dev liblz4-dev libdeflate-dev libjpeg62-turbo-dev libarchive-dev libsodium-dev \
	libcurl4-openssl-dev libmicrohttpd-dev libpcre2-dev
TEST_NEEDS = clang lld llvm libclang-rt-14-dev clang-format libcmocka-dev bats yara clamav python3 mandoc shellcheck codespell \
	jq binutils g++ libmagic-mgc libvectorscan-dev rpm golang-go golang-golang-x-mod-dev qpdf ntfs-3g unzip e2fsprogs \
	libjpeg-turbo-progs \
	clamav-testfiles 7zip zstd lz4 zip cpio genisoimage xorriso lzop arj squashfs-tools db5.3-util pciutils iproute2 gnupg openssl osslsigncode chromium debootstrap libunicorn-dev \
	faketime strace ntfs-3g dosfstools mtools exfatprogs hfsutils grub-common makeself qemu-utils apfsprogs libfsapfs-utils python3-msoffcrypto-tool python3-jsonschema \
	$(shell command -v npm >/dev/null || echo npm) # a Node that is there already may bring its own
BENCH_NEEDS = yara clamav lynis iproute2 pciutils openssl libvectorscan-dev python3 libwine efitools syslinux-efi 7zip xz-utils genisoimage
DIFFERENTIAL_NEEDS = yara python3
FUZZ_SECONDS ?= 60
DIFFERENTIAL_MB ?= 1200

.PHONY: start build check reproducible torture coverage differential bench fuzz install format clean

start: build
	@sh tools/start.sh build/pellucid

build:
	@sh tools/packages.sh $(BUILD_NEEDS)
	@test -f build/build.ninja || meson setup build -Dtests=false --prefix=$(PREFIX)
	@ninja -C build

check:
	@sh tools/packages.sh $(BUILD_NEEDS) $(TEST_NEEDS)
	@sh tools/check.sh

# Memory that fails at each allocation, over parsers and loader, and `recover run` stopped at each system call; `make check`
# does a sample.
torture:
	@sh tools/packages.sh $(BUILD_NEEDS) $(TEST_NEEDS)
	@test -f build-sanitize/build.ninja || CC=clang meson setup build-sanitize -Db_sanitize=address,undefined \
		-Db_lundef=false -Dbuildtype=debugoptimized -Dfuzz=true -Db_pie=false -Dwerror=true
	@ninja -C build-sanitize
	@meson test -C build-sanitize --no-rebuild --benchmark --suite torture --print-errorlogs
	@MUTATE_ALL=1 meson test -C build-sanitize --no-rebuild --timeout-multiplier 10 --print-errorlogs --suite unit
	@FAULT_STRIDE=1 meson test -C build-sanitize --no-rebuild --timeout-multiplier 10 --print-errorlogs recover_faults recover_failing update \
		differential_clamscan

# Two builds that have nothing in common but the source, compared bit by bit; `make check` makes one and compares it with
# its own.  build-reproducible/ receives the items of a release, the SBOM and the provenance.
reproducible:
	@sh tools/packages.sh $(BUILD_NEEDS) faketime
	@rm -rf build-reproducible && sh tools/reproducible.sh build-reproducible

# What share of each parser its fuzz corpus reaches.
coverage:
	@sh tools/packages.sh $(BUILD_NEEDS) $(TEST_NEEDS)
	@sh tools/coverage.sh

# The public rule set over DIFFERENTIAL_MB of this machine's files, against yara; `make check` does a small sample.
differential: build
	@sh tools/packages.sh $(DIFFERENTIAL_NEEDS)
	@PELLUCID=$(CURDIR)/build/pellucid python3 tests/differential/compare_sets.py $(DIFFERENTIAL_MB) 1

# ROUNDS, BENCH_MB, BENCH_FILES and BENCH_ONLY make it shorter (docs/performance.md).
bench:
	@sh tools/packages.sh $(BUILD_NEEDS) $(BENCH_NEEDS)
	@test -f build/build.ninja || meson setup build -Dtests=false --prefix=$(PREFIX)
	@ninja -C build
	@sh bench/run.sh || [ $$? -eq 77 ] # skipped

# Every fuzz target for FUZZ_SECONDS; what is found is kept in build-fuzz/.
fuzz:
	@sh tools/packages.sh $(BUILD_NEEDS) $(TEST_NEEDS)
	@test -f build-fuzz/build.ninja || CC=clang meson setup build-fuzz -Db_sanitize=address,undefined \
		-Db_lundef=false -Dbuildtype=debugoptimized -Dfuzz=true
	@ninja -C build-fuzz
	@FUZZ_SECONDS=$(FUZZ_SECONDS) FUZZ_ARTIFACTS=$(CURDIR)/build-fuzz meson test -C build-fuzz --no-rebuild \
		--suite fuzz --print-errorlogs --timeout-multiplier 100

install: build
	@meson configure build -Dprefix=$(PREFIX)
	@ninja -C build
	@DESTDIR="$(DESTDIR)" meson install -C build --no-rebuild

format:
	clang-format -i $$(find src include tests fuzz examples -name '*.[ch]')

clean:
	rm -rf build build-check build-sanitize build-fuzz build-tools build-*.log
