// Hands the arguments to the commands and turns failures into exit codes: the only catch ladder of the
// program.
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>

#include "snapq/commands/app.hpp"
#include "snapq/commands/messages.hpp"
#include "snapq/support/error.hpp"

namespace {

int exit_code(snapq::ErrorKind kind) {
    switch (kind) {
        case snapq::ErrorKind::usage: return 2;
        case snapq::ErrorKind::input: return 3;
        case snapq::ErrorKind::surroundings: return 4;
    }
    return 4;
}

// Results that never reached the reader are no success.
int flush_results(int code) {
    if (std::fflush(stdout) == 0) return code;
    if (errno == EPIPE) return code;  // `| head` has seen enough
    snapq::commands::print_error(snapq::SystemError("cannot write the results", errno).what());
    return exit_code(snapq::ErrorKind::surroundings);
}

}  // namespace

int main(int argc, char* argv[]) {
    try {
        return flush_results(snapq::commands::run_app(argc, argv));
    } catch (const snapq::Error& error) {
        std::fflush(stdout);
        snapq::commands::print_error(error.what(), error.hint());
        return exit_code(error.kind());
    } catch (const std::bad_alloc&) {
        snapq::commands::print_error("out of memory", "raise the memory limit of this process");
        return exit_code(snapq::ErrorKind::surroundings);
    } catch (const std::exception& error) {
        snapq::commands::print_error(fmt::format("internal error: {}", error.what()), "please report this");
        return exit_code(snapq::ErrorKind::surroundings);
    }
}
