// What nearly every test needs and what changes with the compiler and the libraries only: parsed once for a
// build.
#pragma once

#include "precompiled.hpp"
#include "support/catch.hpp"
