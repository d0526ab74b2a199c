// Runs the command and turns exceptions into messages and exit codes.
#include <fmt/format.h>

#include <exception>
#include <new>

#include "commands/app.hpp"
#include "commands/messages.hpp"
#include "support/error.hpp"

namespace {

// Prints the error and returns its exit code.
int report(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const snapq::Error& error) {
        snapq::commands::print_error(error.what(), error.hint());
        return snapq::exit_code(error.kind());
    } catch (const std::bad_alloc&) {
        snapq::commands::print_error("out of memory", "raise the memory limit of this process");
    } catch (const std::exception& error) {
        snapq::commands::print_error(fmt::format("internal error: {}", error.what()), "please report this");
    }
    return snapq::exit_code(snapq::ErrorKind::system);
}

template <typename Step>
std::exception_ptr failure_of(const Step& step) {
    try {
        step();
        return nullptr;
    } catch (...) {
        return std::current_exception();
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    int code = 0;
    const auto failure = failure_of([&] { code = snapq::commands::run_app(argc, argv); });
    // Results are flushed before errors are printed, so that messages come after the results. A failed write
    // is also an error.
    const auto flush_failure = failure_of(snapq::commands::flush_results);
    if (flush_failure) code = report(flush_failure);
    if (failure) code = report(failure);
    snapq::commands::end_app();
    return code;
}
