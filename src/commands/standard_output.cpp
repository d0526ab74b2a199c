#include "commands/standard_output.hpp"

namespace snapq::commands {

FileSink& standard_output() {
    static FileSink sink(stdout);
    return sink;
}

}  // namespace snapq::commands
