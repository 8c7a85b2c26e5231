# SPDX-License-Identifier: GPL-2.0-or-later
#
# Files for others: a tarball, static programs, packages. All under $(B)/release.

release  := $(B)/release
tarball  := $(release)/portwatch-$(VERSION).tar.gz
# Of the committed tree alone: the same commit gives the same bytes.
dist:					## a tarball of the committed tree
	@mkdir -p $(release)
	@git archive --format=tar --prefix=portwatch-$(VERSION)/ HEAD | gzip -n9 >$(tarball)
	@echo $(tarball)

# Not the companions: not all that they need exists as a static library.
static:					## one static program each for x86-64 and arm64
	$(call build,STATIC=1 ARCH=x86_64 $(if $(filter x86,$(HOST)),,SYSROOT=$(SYSROOT_x86)) core)
	$(call build,STATIC=1 ARCH=arm64 $(if $(filter arm64,$(HOST)),,SYSROOT=$$(tests/vm/arm64.sh)) core)
	@mkdir -p $(release)
	@cp $(B)/$(if $(filter x86,$(HOST)),,x86/)static/portwatch $(release)/portwatch-$(VERSION)-x86_64
	@cp $(B)/$(if $(filter arm64,$(HOST)),,arm64/)static/portwatch $(release)/portwatch-$(VERSION)-aarch64
	@ls $(release)/portwatch-$(VERSION)-x86_64 $(release)/portwatch-$(VERSION)-aarch64

# In a copy, so that the tree stays clean: debian/ must lie at the top of it.
deb: dist				## a Debian package of the committed tree
	@packaging/deps.sh build docs deb
	@rm -rf $(release)/deb && mkdir -p $(release)/deb
	@tar -C $(release)/deb -xzf $(tarball) && cp $(tarball) $(release)/deb/portwatch_$(VERSION).orig.tar.gz
	@cp -a $(release)/deb/portwatch-$(VERSION)/packaging/debian $(release)/deb/portwatch-$(VERSION)/debian
	+@cd $(release)/deb/portwatch-$(VERSION) && env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL \
		dpkg-buildpackage -us -uc -b
	@mv $(release)/deb/portwatch_*.deb $(release)/ && ls $(release)/portwatch_*.deb

# --nodeps: where rpm is not what installs packages it knows of none.
rpm: dist				## an RPM package of the committed tree
	@packaging/deps.sh build docs rpm
	@rm -rf $(release)/rpm && mkdir -p $(release)/rpm/SOURCES && cp $(tarball) $(release)/rpm/SOURCES/
	+@env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL rpmbuild --quiet --nodeps -bb \
		--define '_topdir $(abspath $(release))/rpm' --define 'debug_package %{nil}' packaging/rpm/portwatch.spec
	@mv $(release)/rpm/RPMS/*/portwatch-*.rpm $(release)/ && ls $(release)/portwatch-*.rpm
test-deb: deb				## install, use and remove the Debian package in a new Debian
	@tests/deb.sh
test-systemd: deb			## its units under a real systemd, in QEMU; KERNELS=6.12
	@packaging/deps.sh build test vm fresh
	@tests/vm/systemd.sh $(KERNELS)
test-static: static			## the static programs on other kernels, in QEMU; KERNELS="5.10 6.1-arm64"
	@packaging/deps.sh build test vm
	@tests/vm/static.sh $(KERNELS)
.PHONY: dist static deb rpm test-deb test-systemd test-static
