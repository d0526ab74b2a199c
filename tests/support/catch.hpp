// Includes Catch2 in the version of the distribution: 2 (Debian 12) or 3.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include "support/untrusted_text.hpp"

// A check that fails shows the text.
template <>
struct Catch::StringMaker<snapq::UntrustedText> {
    static std::string convert(const snapq::UntrustedText& text) {
        return StringMaker<std::string>::convert(text.raw());
    }
};
