// For a static program. When an exception is caught nowhere, the C++ library prints the readable name of its
// type; the code that makes such names has 47 KB. With this handler instead of its own one, the linker leaves
// that code out.
#include <cstdio>
#include <cstdlib>
#include <exception>

namespace {

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

// The variable of the C++ library with the handler that is called first. The linker takes this one, because
// the program comes before its libraries. NOLINTBEGIN(*-identifier*)
namespace __cxxabiv1 {
extern std::terminate_handler __terminate_handler;
std::terminate_handler __terminate_handler = report_and_abort;
}  // namespace __cxxabiv1
// NOLINTEND(*-identifier*)
