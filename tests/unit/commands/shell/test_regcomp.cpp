// The static program searches the history of the shell with RE2 (src/commands/shell/without_regcomp.cpp), any
// other one with the regular expressions of the C library. Both must find the same.
#include <regex.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

// The linker has chosen the names. NOLINTBEGIN(*-identifier*)
extern "C" {
int __wrap_regcomp(regex_t* regex, const char* pattern, int flags);
int __wrap_regexec(const regex_t* regex, const char* text, std::size_t count, regmatch_t* groups, int flags);
void __wrap_regfree(regex_t* regex);
}
// NOLINTEND(*-identifier*)

namespace {

constexpr std::array k_texts{"",    "a",   "ab",  "ba",  "aab",  "aaa",  "a*b", "^a",     "a$",     "(a)",
                             "a|b", "a+a", "a?a", "a]b", "a\nb", "a\\b", "{2}", "a-b c2", "select", ".*"};

// What is found in each text, or "refused".
template <typename Compile, typename Execute, typename Free>
std::string found(const std::string& pattern, Compile compile, Execute execute, Free free_regex) {
    regex_t regex{};
    if (compile(&regex, pattern.c_str(), 0) != 0) return "refused";
    std::string result;
    for (const char* text : k_texts) result += execute(&regex, text, 0, nullptr, 0) == 0 ? '1' : '0';
    free_regex(&regex);
    return result;
}

std::string found_by_c_library(const std::string& pattern) {
    return found(pattern, ::regcomp, ::regexec, ::regfree);
}

std::string found_by_re2(const std::string& pattern) {
    return found(pattern, __wrap_regcomp, __wrap_regexec, __wrap_regfree);
}

}  // namespace

TEST_CASE("The static program finds what the C library finds with any short pattern") {
    constexpr std::string_view k_letters = "a.*^$[]\\(){}|+?-2";
    std::vector<std::string> patterns{""};
    std::size_t begin = 0;
    for (int length = 1; length <= 3; ++length) {
        const std::size_t end = patterns.size();
        for (; begin < end; ++begin) {
            for (const char letter : k_letters) patterns.push_back(patterns[begin] + letter);
        }
    }
    std::vector<std::string> differ;
    for (const std::string& pattern : patterns) {
        if (found_by_re2(pattern) != found_by_c_library(pattern)) differ.push_back(pattern);
    }
    CHECK(differ == std::vector<std::string>{});
    CHECK(patterns.size() > 5000);
}

TEST_CASE("The static program finds what the C library finds with longer patterns") {
    for (const char* pattern :
         {".*sel.*",       "^sel",       "ect$",        "^a*$",        "\\(a\\|b\\)b", "a\\{2\\}b",
          "a\\{2,\\}",     "a\\{,2\\}$", "a\\{1,2\\}b", "[[:digit:]]", "[]a]b",        "[^]a]",
          "[^[:alpha:]]$", "[\\]",       "a[+-]a",      "\\(^a\\)",    "\\(a$\\)",     "a\\w",
          "\\bc2",         "\\*",        "a\\{2",       "[a",          "\\(a",         "a\\)"}) {
        CAPTURE(pattern);
        CHECK(found_by_re2(pattern) == found_by_c_library(pattern));
    }
}

TEST_CASE("The static program finds nothing with a pattern that RE2 does not have") {
    CHECK(found_by_re2("\\(a\\)\\1") == "refused");
}
