#include "archive/sqlite/functions.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <new>
#include <span>
#include <utility>

#include "archive/sqlite/connection.hpp"
#include "archive/sqlite/hardening.hpp"
#include "support/devices.hpp"
#include "support/error.hpp"
#include "support/numbers.hpp"
#include "support/text.hpp"

namespace snapq::archive::sqlite {
namespace {

// Slightly below 2^63, so that llround does not overflow.
constexpr double k_beyond_integers = 9.2e18;

void format_bytes(sqlite3_context* context, int, sqlite3_value** arguments) {
    switch (sqlite3_value_numeric_type(arguments[0])) {
        case SQLITE_INTEGER: return result_text(context, format_size(sqlite3_value_int64(arguments[0])));
        case SQLITE_FLOAT: {
            const double bytes = sqlite3_value_double(arguments[0]);
            if (std::abs(bytes) < k_beyond_integers)
                return result_text(context, format_size(std::llround(bytes)));
            return sqlite3_result_null(context);
        }
        default: return sqlite3_result_null(context);
    }
}

// NULL stays NULL. Every other value is read as text, so that numbers may be given as numbers.
void parse_bytes(sqlite3_context* context, int, sqlite3_value** arguments) {
    if (sqlite3_value_type(arguments[0]) == SQLITE_NULL) return sqlite3_result_null(context);
    const std::string_view text = text_argument(arguments[0]);
    if (const auto bytes = snapq::parse_size(text)) return sqlite3_result_int64(context, *bytes);
    result_error(context,
                 fmt::format("parse_bytes: '{}' is not a valid size (examples: 512MiB, 1.5GiB, 20GB)", text));
}

// Accelerators keep their number, so that results can be compared and sorted; the host, as text, sorts after
// them.
void name_device(sqlite3_context* context, int, sqlite3_value** arguments) {
    const bool is_host = sqlite3_value_type(arguments[0]) == SQLITE_INTEGER &&
                         sqlite3_value_int64(arguments[0]) == k_host_device;
    if (!is_host) return sqlite3_result_value(context, arguments[0]);
    result_text(context, device_name(k_host_device));
}

// Addresses are stored modulo 2^64, so those of some accelerators are negative.
void address(sqlite3_context* context, int, sqlite3_value** arguments) {
    if (sqlite3_value_numeric_type(arguments[0]) != SQLITE_INTEGER) return sqlite3_result_null(context);
    result_text(context, fmt::format("{:#x}", static_cast<std::uint64_t>(sqlite3_value_int64(arguments[0]))));
}

// The bytes of a text or a blob, or the digits of a number; empty for NULL. Valid until the function returns.
std::string_view bytes_of(sqlite3_value* value) {
    if (sqlite3_value_type(value) != SQLITE_BLOB) return text_argument(value);
    const auto* bytes = static_cast<const char*>(sqlite3_value_blob(value));
    if (bytes == nullptr) return {};  // empty, or no memory, which ends the statement
    return {bytes, static_cast<std::size_t>(sqlite3_value_bytes(value))};
}

// concat(x, …), as SQLite has it from version 3.44 on. Unlike a chain of ||, it does not need new memory for
// each row and each part.
void concat(sqlite3_context* context, int count, sqlite3_value** arguments) {
    if (count == 0) return result_error(context, "concat: at least one argument is needed");
    const std::span<sqlite3_value*> parts(arguments, static_cast<std::size_t>(count));
    std::array<char, 512> usual;
    std::size_t size = 0;
    for (sqlite3_value* part : parts) {
        const std::string_view bytes = bytes_of(part);
        if (size + bytes.size() <= usual.size()) std::ranges::copy(bytes, usual.data() + size);
        size += bytes.size();
    }
    if (size <= usual.size()) return result_text(context, {usual.data(), size});
    if (size > std::size_t{k_longest_value}) return sqlite3_result_error_toobig(context);
    auto* text = static_cast<char*>(sqlite3_malloc64(size));
    if (text == nullptr) return sqlite3_result_error_nomem(context);
    for (char* to = text; sqlite3_value * part : parts) to = std::ranges::copy(bytes_of(part), to).out;
    sqlite3_result_text64(context, text, size, sqlite3_free, SQLITE_UTF8);
}

// event_of(device, moment[, archive]): NULL if the trace of the device does not have the moment.
void event_of(sqlite3_context* context, int count, sqlite3_value** arguments) {
    const auto& functions = *static_cast<const Functions*>(sqlite3_user_data(context));
    for (int i = 0; i < count; ++i) {
        if (sqlite3_value_type(arguments[i]) == SQLITE_NULL) return sqlite3_result_null(context);
    }
    try {
        const std::int64_t device = device_argument("event_of", arguments[0]);
        const std::string schema(count > 2 ? text_argument(arguments[2]) : "main");
        sqlite3_result_int64(context, functions.resolve(moment_argument(arguments[1]), device, schema).event);
    } catch (const MissingMoment&) {
        sqlite3_result_null(context);
    }
}

// Numbers, NULL and short texts stay as they are.
void abbreviate_in_sql(sqlite3_context* context, int, sqlite3_value** arguments) {
    sqlite3_value* value = arguments[0];
    const int type = sqlite3_value_type(value);
    const bool has_bytes = type == SQLITE_TEXT || type == SQLITE_BLOB;
    const std::size_t size = has_bytes ? static_cast<std::size_t>(sqlite3_value_bytes(value)) : 0;
    if (size <= k_longest_abbreviation) return sqlite3_result_value(context, value);
    result_text(context, abbreviate({static_cast<const char*>(sqlite3_value_blob(value)), size}));
}

void add_function(sqlite3* connection, const char* name, int arguments, int flags, Functions* functions,
                  void (*call)(sqlite3_context*, int, sqlite3_value**)) {
    check(connection,
          sqlite3_create_function_v2(connection, name, arguments, SQLITE_UTF8 | flags, functions, call,
                                     nullptr, nullptr, nullptr),
          name);
}

const FileNaming& naming_of(sqlite3_context* context) {
    return *static_cast<const FileNaming*>(sqlite3_user_data(context));
}

void shown_file(sqlite3_context* context, int, sqlite3_value** arguments) {
    if (sqlite3_value_type(arguments[0]) == SQLITE_NULL) return sqlite3_result_null(context);
    result_text(context, naming_of(context)(text_argument(arguments[0])));
}

// A site begins with the name of its file, or with a mark in brackets and then that name. Without a file
// (NULL) there is no name to replace.
void shown_site(sqlite3_context* context, int, sqlite3_value** arguments) {
    if (sqlite3_value_type(arguments[1]) == SQLITE_NULL) return sqlite3_result_value(context, arguments[0]);
    const std::string_view site = text_argument(arguments[0]);
    const std::string_view file = text_argument(arguments[1]);
    const std::size_t at = site.starts_with(file) ? 0 : site.find("] " + std::string(file)) + 2;
    if (at != 0 && site.substr(std::min(at, site.size()), file.size()) != file)
        return result_text(context, naming_of(context)(site));
    result_text(context, fmt::format("{}{}{}", site.substr(0, at), naming_of(context)(file),
                                     site.substr(at + file.size())));
}

}  // namespace

void add_file_naming(sqlite3* connection, const FileNaming& naming) {
    const auto add = [&](const char* name, int arguments,
                         void (*call)(sqlite3_context*, int, sqlite3_value**)) {
        auto* copy = new FileNaming(naming);  // SQLite deletes it, also if this fails
        check(connection,
              sqlite3_create_function_v2(
                  connection, name, arguments, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, copy,
                  call, nullptr, nullptr, [](void* owned) { delete static_cast<FileNaming*>(owned); }),
              name);
    };
    add("shown_file", 1, guarded<shown_file>);
    add("shown_site", 2, guarded<shown_site>);
}

void result_text(sqlite3_context* context, std::string_view text) {
    // SQLITE_TRANSIENT, a macro with a C cast: SQLite copies the text.
    const auto copy = reinterpret_cast<sqlite3_destructor_type>(std::intptr_t{-1});
    sqlite3_result_text64(context, text.data(), text.size(), copy, SQLITE_UTF8);
}

void result_error(sqlite3_context* context, std::string_view message) {
    sqlite3_result_error(context, message.data(), static_cast<int>(message.size()));
}

void result_failure(sqlite3_context* context) noexcept {
    try {
        throw;
    } catch (const QueryInterrupted&) {
        sqlite3_result_error_code(context, SQLITE_INTERRUPT);
    } catch (const std::bad_alloc&) {
        sqlite3_result_error_nomem(context);
    } catch (const Error& failure) {
        result_error(context, failure.hint().empty() ? failure.what()
                                                     : fmt::format("{}; {}", failure.what(), failure.hint()));
    } catch (const std::exception& failure) {
        result_error(context, failure.what());
    }
}

std::string_view text_argument(sqlite3_value* value) {
    // sqlite3_value_text comes first, because it converts numbers to text and so changes the number of bytes.
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
    if (text == nullptr) return {};
    return {text, static_cast<std::size_t>(sqlite3_value_bytes(value))};
}

std::int64_t device_argument(std::string_view function, sqlite3_value* value) {
    // The text comes first, because reading the value as a number may change it.
    const std::string text(text_argument(value));
    if (sqlite3_value_numeric_type(value) == SQLITE_INTEGER) return sqlite3_value_int64(value);
    const auto device = parse_device(text);
    if (!device) throw_usage("{}: the device must be a number or 'host', not '{}'", function, text);
    return *device;
}

std::string moment_argument(sqlite3_value* value) {
    const bool is_event = sqlite3_value_type(value) == SQLITE_INTEGER;
    return fmt::format("{}{}", is_event ? "event:" : "", text_argument(value));
}

void add_abbreviate(sqlite3* connection) {
    add_function(connection, "abbreviate", 1, SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, nullptr,
                 guarded<abbreviate_in_sql>);
}

Functions::Functions(sqlite3* connection, const std::function<bool()>& go_on,
                     Database::MomentResolver resolve)
    : m_connection(connection), m_go_on(go_on), m_resolve(std::move(resolve)) {
    add_function(connection, "format_bytes", 1, SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, this,
                 guarded<format_bytes>);
    add_function(connection, "address", 1, SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, this, guarded<address>);
    add_function(connection, "parse_bytes", 1, SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, this,
                 guarded<parse_bytes>);
    add_function(connection, "device_name", 1, SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, this,
                 guarded<name_device>);
    add_function(connection, "concat", -1, SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, this, guarded<concat>);
    add_callstack(connection, *this);
    add_aggregates(connection, *this);
    add_regexp(connection, *this);
    add_function(connection, "event_of", 2, SQLITE_DIRECTONLY, this, guarded<event_of>);
    add_function(connection, "event_of", 3, SQLITE_DIRECTONLY, this, guarded<event_of>);
    add_alive_at(connection, *this);
    add_blocks_at(connection, *this);
    add_span_number(connection, *this);
}

Functions::~Functions() = default;

MomentOnDevice Functions::resolve(std::string_view moment, std::int64_t device,
                                  const std::string& schema) const {
    return m_resolve(moment, device, schema);
}

Statement& Functions::kept(const std::string& sql) {
    const auto found = m_statements.find(sql);
    if (found != m_statements.end()) return found->second;
    return m_statements.emplace(sql, Statement(m_connection, sql, true)).first->second;
}

}  // namespace snapq::archive::sqlite
