#include "commands/options/size_option.hpp"

#include <fmt/format.h>

#include "support/sizes.hpp"

namespace snapq::commands {

CLI::Option* add_size_option(CLI::App& app, const std::string& name, std::optional<std::int64_t>& to,
                             const std::string& description) {
    const auto parse = [&to, name](const std::string& text) {
        to = parse_size(text);
        if (!to) {
            throw CLI::ValidationError(
                name, fmt::format("'{}' is no size; write 512MiB, 1.5GiB, 20GB or 20000000000", text));
        }
    };
    return app.add_option_function<std::string>(name, parse, description)->type_name("SIZE");
}

}  // namespace snapq::commands
