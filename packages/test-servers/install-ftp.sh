#!/bin/sh
# Brings the three FTP servers that the tests run on Debian: ProFTPD, vsftpd and Pure-FTPd. As packages they exclude each other, so
# only vsftpd is installed; the other two are unpacked beside it, into SYNCENGINE_TEST_SERVERS or ~/.cache/syncengine-test-servers.
# To be run as root, after apt-get update.
set -eu
cache=${SYNCENGINE_TEST_SERVERS:-${XDG_CACHE_HOME:-$HOME/.cache}/syncengine-test-servers}

# The libraries are what the two unpacked servers need.
DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends vsftpd lftp openssl \
  libhiredis0.14 libmemcached11 libmemcachedutil2 libpcre2-posix3 libsodium23 libcap2
# Nothing here is to serve anybody but the tests.
if [ -d /run/systemd/system ]; then systemctl disable --now vsftpd; fi

unpack() { # unpack NAME PACKAGE...
  folder=$cache/$1
  shift
  if [ -d "$folder" ]; then return; fi
  mkdir -p "$folder.new"
  (
    cd "$folder.new"
    apt-get download "$@"
    for package in *.deb; do
      dpkg -x "$package" .
      rm "$package"
    done
  )
  # What stands under the name is complete.
  mv "$folder.new" "$folder"
}

unpack proftpd proftpd-core proftpd-mod-crypto
unpack pure-ftpd pure-ftpd pure-ftpd-common
