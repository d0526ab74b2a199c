#include "exports/lake_directories.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "exports/lake_tables.hpp"
#include "support/error.hpp"

namespace snapq::exports {
namespace {

bool is_name_character(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '_' || letter == '-' || letter == '.';
}

bool is_column(std::string_view name) {
    return name == k_archive_column || std::ranges::any_of(lake_tables(), [&](const LakeTable& table) {
               return std::ranges::count(table.columns, name, &parquet::Column::name) > 0;
           });
}

void check_name(const PartitionKey& key, const std::vector<PartitionKey>& before) {
    if (key.name.empty() || !std::ranges::all_of(key.name, is_name_character)) {
        throw_usage("--partition '{}': expected a name of letters, digits, '_', '-' and '.'", key.name);
    }
    if (std::ranges::count(before, key.name, &PartitionKey::name) > 0) {
        throw_usage("--partition {}: the key is given twice", key.name);
    }
    if (is_column(key.name)) {
        throw_usage("--partition {}: this is a column of the tables; choose another name", key.name);
    }
}

// The characters that Hive escapes.
bool has_meaning_in_paths(char letter) {
    constexpr std::string_view k_special = "\"#%'*/:=?\\{[]^<>|";
    const auto byte = static_cast<unsigned char>(letter);
    return byte < ' ' || byte == 0x7f || k_special.find(letter) != std::string_view::npos;
}

std::string escaped(const std::string& value) {
    std::string text;
    for (const char letter : value) {
        if (has_meaning_in_paths(letter)) {
            text += fmt::format("%{:02X}", static_cast<unsigned char>(letter));
        } else {
            text.push_back(letter);
        }
    }
    return text;
}

}  // namespace

std::vector<PartitionKey> parse_partition(std::string_view text) {
    std::vector<PartitionKey> keys;
    while (!text.empty()) {
        const std::string_view part = text.substr(0, text.find(','));
        text.remove_prefix(std::min(text.size(), part.size() + 1));
        const std::size_t equals = part.find('=');
        PartitionKey key{std::string(part.substr(0, equals))};
        if (equals != std::string_view::npos) key.value = part.substr(equals + 1);
        check_name(key, keys);
        if (key.value && key.value->empty()) throw_usage("--partition {}: the value is empty", key.name);
        keys.push_back(std::move(key));
    }
    return keys;
}

std::vector<std::string> partition_names(const std::vector<PartitionKey>& keys) {
    std::vector<std::string> names;
    for (const PartitionKey& key : keys) names.push_back(fmt::format("{}={}", key.name, escaped(*key.value)));
    return names;
}

std::string partition_path(const std::vector<PartitionKey>& keys) {
    return fmt::format("{}", fmt::join(partition_names(keys), "/"));
}

LakeDirectories::LakeDirectories(const std::string& lake) : m_lake(open_with_parents(lake)) {}

LakeDirectories::~LakeDirectories() {
    while (!m_directories.empty()) m_directories.pop_back();  // an inner one before the one that it is in
}

const io::TargetDirectory* LakeDirectories::open_with_parents(const std::string& directory) {
    const std::filesystem::path path(directory);
    const std::filesystem::path parent = (path.has_filename() ? path : path.parent_path()).parent_path();
    std::error_code unknown;
    if (!parent.empty() && !std::filesystem::exists(parent, unknown)) open_with_parents(parent.string());
    m_directories.push_back(std::make_unique<io::TargetDirectory>(directory));
    return m_directories.back().get();
}

const io::TargetDirectory& LakeDirectories::open(const std::vector<std::string>& names) {
    const io::TargetDirectory* directory = m_lake;
    for (const std::string& name : names) {
        m_directories.push_back(std::make_unique<io::TargetDirectory>(*directory, name));
        directory = m_directories.back().get();
    }
    return *directory;
}

void LakeDirectories::keep() {
    for (const auto& directory : m_directories) directory->keep();
}

}  // namespace snapq::exports
