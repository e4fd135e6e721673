#!/bin/sh
# Goal: a room that calls a room its DEPS do not name cannot be built in preset dev, not even through
# a room in between. Method: the same three rooms are built twice; declared they must link, undeclared
# the link must fail and name the function that is missing.
#
# usage: run.sh HOUSE BUILD_DIR CMAKE COMPILER
set -eu

house=$1 build=$2 cmake=$3 compiler=$4
here=$house/tests/house/undeclared_dependency

build_with() {
  rm -rf "$build"
  "$cmake" -G Ninja -S "$here" -B "$build" -D CMAKE_CXX_COMPILER="$compiler" \
    -D HOUSE="$house" -D DECLARED="$1" >"$build.log" 2>&1 || return 2
  "$cmake" --build "$build" >>"$build.log" 2>&1
}

if ! build_with ON; then
  cat "$build.log"
  echo "the declared dependency does not build, so this test proves nothing"
  exit 1
fi
if build_with OFF; then
  cat "$build.log"
  echo "upper called lower without naming it, and it linked"
  exit 1
fi
if ! grep -q "undefined symbol: lower()" "$build.log"; then
  cat "$build.log"
  echo "the build failed for another reason than the undeclared call"
  exit 1
fi
echo "an undeclared call fails to link"
