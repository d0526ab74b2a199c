// What a static program has in place of larger parts of the C and C++ libraries.
#include <regex.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>

namespace {

// When an exception is caught nowhere, the C++ library prints the readable name of its type; the code that
// makes such names has 47 KB. With this handler instead of its own one, the linker leaves that code out.
[[noreturn]] void report_and_abort() noexcept {
    try {
        if (std::current_exception()) std::rethrow_exception(std::current_exception());
        std::fputs("snapq: terminated without an exception\n", stderr);
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "snapq: an exception was not caught: %s\n", failure.what());
    } catch (...) {
        std::fputs("snapq: an exception of unknown type was not caught\n", stderr);
    }
    std::abort();
}

}  // namespace

// The names below are those of the libraries and of the linker. NOLINTBEGIN(*-identifier*)

// The variable of the C++ library with the handler that is called first. The linker takes this one, because
// the program comes before its libraries.
namespace __cxxabiv1 {
extern std::terminate_handler __terminate_handler;
std::terminate_handler __terminate_handler = report_and_abort;
}  // namespace __cxxabiv1

// libedit searches the history of the shell for the text as it is, and then for the text as a regular
// expression of the C library, whose code has 70 KB. The linker sends these calls here
// (scripts/cmake/static.cmake): no text is an expression, so only the text as it is can be found.
extern "C" {
int __wrap_regcomp(regex_t*, const char*, int) {
    return REG_BADPAT;
}
int __wrap_regexec(const regex_t*, const char*, std::size_t, regmatch_t*, int) {
    return REG_NOMATCH;
}
void __wrap_regfree(regex_t*) {}
}
// NOLINTEND(*-identifier*)
