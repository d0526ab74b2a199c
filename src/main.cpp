// Hands the arguments to the commands and turns failures into exit codes: the only catch ladder of the
// program.
#include <fmt/format.h>

#include <exception>
#include <new>

#include "commands/app.hpp"
#include "commands/messages.hpp"
#include "support/error.hpp"

namespace {

int exit_code(snapq::ErrorKind kind) {
    switch (kind) {
        case snapq::ErrorKind::usage: return 2;
        case snapq::ErrorKind::input: return 3;
        case snapq::ErrorKind::system: return 4;
    }
    return 4;
}

// Says why a step failed; the exit code.
int report(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const snapq::Error& error) {
        snapq::commands::print_error(error.what(), error.hint());
        return exit_code(error.kind());
    } catch (const std::bad_alloc&) {
        snapq::commands::print_error("out of memory", "raise the memory limit of this process");
    } catch (const std::exception& error) {
        snapq::commands::print_error(fmt::format("internal error: {}", error.what()), "please report this");
    }
    return exit_code(snapq::ErrorKind::system);
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
    // What is said of the results stands below them. Results that never reached the reader are no success.
    const auto loss = failure_of(snapq::commands::flush_results);
    if (loss) code = report(loss);
    return failure ? report(failure) : code;
}
