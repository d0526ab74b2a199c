// The C++ interface of snapq: everything in this directory. docs/cpp-api.md introduces it.
#pragma once

#include "snapq/archive.hpp"
#include "snapq/convert.hpp"
#include "snapq/diff.hpp"
#include "snapq/error.hpp"
#include "snapq/query.hpp"
#include "snapq/summary.hpp"
#include "snapq/version.hpp"
