#include "page/html_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>

#include "json/writer.hpp"

namespace snapq::page {
namespace {

constexpr std::string_view k_base64_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr unsigned k_digit_bits = 6;
constexpr std::size_t k_group = 3;  // bytes that become four base64 digits

}  // namespace

std::string base64(std::string_view bytes) {
    std::string text;
    text.reserve(base64_length(bytes.size()));
    for (std::size_t at = 0; at < bytes.size(); at += k_group) {
        std::uint32_t group = 0;
        const std::size_t present = std::min(k_group, bytes.size() - at);
        for (std::size_t i = 0; i < k_group; ++i) {
            group = group << 8U | (i < present ? static_cast<unsigned char>(bytes[at + i]) : 0U);
        }
        for (std::size_t digit = 0; digit <= k_group; ++digit) {
            const std::uint32_t value =
                group >> (k_digit_bits * (k_group - digit)) & (k_base64_digits.size() - 1);
            text += digit <= present ? k_base64_digits[value] : '=';
        }
    }
    return text;
}

HtmlWriter::HtmlWriter(ByteSink& to) : m_to(to) {
    write(page_before_data());
}

void HtmlWriter::add_block(std::string_view id, std::string_view deflated) {
    write(fmt::format("<script type=\"application/octet-stream\" id=\"{}\">", id));
    write(base64(deflated));
    write("</script>\n");
}

void HtmlWriter::finish() {
    write(page_after_data());
}

void HtmlWriter::write(std::string_view bytes) {
    m_to.write(bytes);
    m_written += bytes.size();
}

namespace {

// The length of the text in quotes at the beginning of `json`, with its quotes.
std::size_t quoted_length(std::string_view json) {
    std::size_t at = 1;
    while (json[at] != '"') at += json[at] == '\\' ? std::size_t{2} : std::size_t{1};
    return at + 1;
}

// Undoes the escapes of JsonWriter: quotes, backslashes and control characters.
std::string unescaped(std::string_view text) {
    std::string plain;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '\\') {
            plain += text[at];
            continue;
        }
        constexpr std::size_t k_digits = 4;
        constexpr int k_hexadecimal = 16;
        switch (text[++at]) {
            case 'n': plain += '\n'; break;
            case 'r': plain += '\r'; break;
            case 't': plain += '\t'; break;
            case 'u':
                plain += static_cast<char>(
                    std::strtol(std::string(text.substr(at + 1, k_digits)).c_str(), nullptr, k_hexadecimal));
                at += k_digits;
                break;
            default: plain += text[at];
        }
    }
    return plain;
}

}  // namespace

std::string with_shown_names(std::string_view json, const analysis::ShownNames& names) {
    std::string shown;
    while (!json.empty()) {
        const std::size_t before = std::min(json.find('"'), json.size());
        shown += json.substr(0, before);
        json.remove_prefix(before);
        if (json.empty()) break;
        const std::string_view quoted = json.substr(0, quoted_length(json));
        json.remove_prefix(quoted.size());
        // Most texts have no path.
        if (quoted.find_first_of("/\\") == std::string_view::npos) {
            shown += quoted;
        } else {
            json::append_json_string(shown, names.text(unescaped(quoted.substr(1, quoted.size() - 2))));
        }
    }
    return shown;
}

void JsonBlock::relieve() {
    constexpr std::size_t k_portion = std::size_t{64} << 10U;
    if (m_waiting.size() >= k_portion) compress();
}

void JsonBlock::compress() {
    m_deflater.write(m_names.any() ? with_shown_names(m_waiting, m_names) : m_waiting);
    m_waiting.clear();
}

std::size_t JsonBlock::compressed_bytes() {
    compress();
    m_deflater.flush();
    return m_compressed.size();
}

void JsonBlock::write_to(HtmlWriter& page, std::string_view id) {
    compress();
    m_deflater.finish();
    page.add_block(id, m_compressed);
    m_compressed = std::string();
}

void write_integer(json::JsonWriter& to, std::int64_t value) {
    const std::int64_t beyond = k_beyond_doubles;
    if (value > -beyond && value < beyond) {
        to.value(value);
    } else {
        to.value(std::to_string(value));
    }
}

void write_integer(json::JsonWriter& to, std::uint64_t value) {
    if (value < k_beyond_doubles) {
        to.value(static_cast<std::int64_t>(value));
    } else {
        to.value(std::to_string(value));
    }
}

void append_varint(std::string& to, std::uint64_t value) {
    constexpr unsigned k_bits = 7;
    constexpr std::uint64_t k_more = 0x80;
    for (; value >= k_more; value >>= k_bits) to += static_cast<char>(value | k_more);
    to += static_cast<char>(value);
}

void write_column(json::JsonWriter& to, const ColumnInfo& column) {
    to.begin_object();
    to.key("id").value(column.id);
    to.key("coding").value(column.coding == Coding::plain ? "plain" : "delta");
    to.key("count").value(column.count);
    to.key("raw").value(column.raw_bytes);
    to.end_object();
}

Column::Column(std::string id, Coding coding)
    : m_info{.id = std::move(id), .coding = coding}, m_deflater(m_compressed) {}

void Column::compress() {
    m_deflater.write(m_waiting);
    m_waiting.clear();
}

void Column::finish() {
    if (m_is_finished) return;
    compress();
    m_deflater.finish();
    m_is_finished = true;
}

ColumnInfo Column::write_to(HtmlWriter& page) {
    finish();
    m_info.raw_bytes = static_cast<std::int64_t>(m_deflater.raw_bytes());
    page.add_block(m_info.id, m_compressed);
    m_compressed = std::string();
    return m_info;
}

}  // namespace snapq::page
