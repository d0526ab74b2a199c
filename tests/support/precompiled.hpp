// Headers that nearly every test needs and that change only with the compiler and the libraries. They are
// parsed once for each build.
#pragma once

#include "precompiled.hpp"
#include "support/catch.hpp"
