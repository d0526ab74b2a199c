#include "analysis/categories.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "analysis/category_rules.hpp"
#include "analysis/keys.hpp"
#include "analysis/live_rows.hpp"
#include "analysis/row_access.hpp"
#include "analysis/stack_frames.hpp"
#include "frames/frame_class.hpp"
#include "report/category.hpp"
#include "support/error.hpp"

namespace snapq::analysis {

std::vector<std::string> category_names() {
    return {report::k_category_names.begin(), report::k_category_names.end()};
}

std::optional<std::vector<report::CategoryBytes>> categories_at(archive::Database& database,
                                                                std::int64_t device,
                                                                std::string_view moment) {
    if (!database.has_column("allocations", "category")) return std::nullopt;
    archive::Query rows = database.prepare(fmt::format(
        "SELECT abbreviate(category), bytes, count, older_bytes, older_count FROM category_totals "
        "WHERE {} AND moment = ?2 ORDER BY bytes DESC, category",
        rows_of_device(database, "category_totals", device)));
    rows.bind(1, device);
    rows.bind(2, moment);
    std::vector<report::CategoryBytes> categories;
    while (rows.next()) {
        categories.push_back({rows.text(0), rows.integer(1), rows.integer(2),
                              report::OlderPart{rows.integer(3), rows.integer(4)}});
    }
    return categories;
}

std::vector<report::CategoryBytes> categories_in(const report::LiveRows& live) {
    std::vector<report::CategoryBytes> categories;
    for (const report::LiveRow& row : live.rows)
        categories.push_back({row.key, row.bytes, row.count, row.older});
    return categories;
}

std::vector<report::CategoryBytes> ruled_categories_at(archive::Database& database, std::int64_t device,
                                                       const LiveAt& at, Grouping grouping,
                                                       std::vector<bool>& used_rules) {
    grouping.by = KeyKind::category;
    const report::LiveRows live = live_rows(database, device, at, grouping);
    merge_matches(used_rules, live.used_rules);
    return categories_in(live);
}

void require_column_of_phases(archive::Database& database, std::string_view table, std::string_view column,
                              std::string_view what) {
    if (database.has_column(table, column)) return;
    InputError error(fmt::format("has no {}, because an earlier version of snapq wrote it", what));
    error.with_hint("convert the snapshot again with this version");
    throw error;
}

namespace {

using report::MaybeInteger;
using Matches = std::vector<bool>;  // by rule

// The columns of a row. From k_first_size on, there is a column for each rule that looks at a size.
struct RowColumn {
    enum { k_stack, k_older, k_category, k_bytes, k_count, k_metadata, k_stream, k_first_size };
};

// Table `live_stacks` has no sizes, streams and metadata. In archives of earlier versions it has no
// categories.
bool is_answered_by_stacks(archive::Database& database, const LiveAt& at, const CategoryRules& rules) {
    return !at.prepared.empty() && !rules.any_looks_at(RuleSubject::metadata) &&
           !rules.any_looks_at(RuleSubject::stream) && !rules.any_looks_at(RuleSubject::size) &&
           database.has_column("live_stacks", "category");
}

archive::Query rows_of_stacks(archive::Database& database, std::int64_t device, const LiveAt& at) {
    archive::Query rows = database.prepare(fmt::format(
        "SELECT stack_id, origin <> 'trace', abbreviate(category), bytes, count, NULL, NULL FROM live_stacks "
        "WHERE {} AND moment = ?2 ORDER BY 1, 2",
        rows_of_device(database, "live_stacks", device)));
    rows.bind(1, device);
    rows.bind(2, std::string_view(at.prepared));
    return rows;
}

std::string scan_sql(const CategoryRules& rules) {
    std::string sizes;
    std::string groups;
    int column = RowColumn::k_first_size + 1;  // SQL counts from 1
    for (const CategoryRule& rule : rules.all()) {
        if (rule.subject != RuleSubject::size) continue;
        sizes += fmt::format(", {}", rule.size_condition);
        groups += fmt::format(", {}", column++);
    }
    const bool has_metadata = rules.any_looks_at(RuleSubject::metadata);
    const bool has_streams = rules.any_looks_at(RuleSubject::stream);
    return fmt::format(
        "SELECT stack_id, origin <> 'trace', abbreviate(category), sum(size), count(*), {}, {}{} {} "
        "GROUP BY 1, 2, 3, 6, 7{} ORDER BY 1, 2",
        has_metadata ? info_of(KeyKind::metadata).column : "NULL", has_streams ? "stream" : "NULL", sizes,
        from_live_allocations(), groups);
}

archive::Query rows_of_allocations(archive::Database& database, std::int64_t device, const LiveAt& at,
                                   const CategoryRules& rules) {
    archive::Query rows = database.prepare(scan_sql(rules));
    rows.bind(1, device);
    rows.bind(2, at.event);
    return rows;
}

// Remembers, for texts that have numbers, which rules of one subject match. Each text is compared once, as
// long as the results fit.
class NumberedTexts {
public:
    template <typename Text>
    const Matches& of(MaybeInteger number, Text&& text) {
        const std::int64_t key = number.value_or(-1);
        if (const auto found = m_matches.find(key); found != m_matches.end()) return found->second;
        constexpr std::size_t k_most = 4096;
        if (m_matches.size() == k_most) m_matches.clear();
        return m_matches.emplace(key, text()).first->second;
    }

private:
    std::unordered_map<std::int64_t, Matches> m_matches;
};

// Finds the rule of each row. Rows of one stack follow each other, so its texts are compared once.
class RuleFinder {
public:
    RuleFinder(archive::Database& database, std::int64_t device, const CategoryRules& rules)
        : m_rules(rules), m_strings(database.prepare("SELECT abbreviate(text) FROM strings WHERE id = ?1")) {
        const auto read = [&](RuleSubject subject, KeyKind kind) {
            if (rules.any_looks_at(subject)) m_keys.emplace_back(subject, StackKeys(database, kind));
        };
        read(RuleSubject::site, KeyKind::site);
        read(RuleSubject::op, KeyKind::op);
        read(RuleSubject::phase, KeyKind::phase);
        if (rules.any_looks_at(RuleSubject::frame)) {
            m_frames.emplace(
                database, [&rules](std::string_view file, std::int64_t line, std::string_view name) {
                    const bool is_python = frames::is_python_frame(file, name, line);
                    return rules.matching(RuleSubject::frame, is_python
                                                                  ? fmt::format("{}:{} {}", file, line, name)
                                                                  : std::string(name));
                });
        }
        if (rules.any_looks_at(RuleSubject::stream)) m_stream_names.emplace(database, device);
    }

    // The index of the first rule that matches.
    [[nodiscard]] std::optional<std::size_t> rule_of(const archive::Query& row) {
        read_stack(row.maybe_integer(RowColumn::k_stack), row.integer(RowColumn::k_older) != 0);
        const Matches& metadata = metadata_matches(row.maybe_integer(RowColumn::k_metadata));
        const Matches& stream = stream_matches(row.maybe_integer(RowColumn::k_stream));
        int size_column = RowColumn::k_first_size;
        for (std::size_t i = 0; i < m_rules.all().size(); ++i) {
            switch (m_rules.all()[i].subject) {
                case RuleSubject::metadata:
                    if (metadata[i]) return i;
                    break;
                case RuleSubject::stream:
                    if (stream[i]) return i;
                    break;
                case RuleSubject::size:
                    if (row.integer(size_column++) != 0) return i;
                    break;
                default:
                    if (m_of_stack[i]) return i;
            }
        }
        return std::nullopt;
    }

private:
    void read_stack(MaybeInteger stack, bool older) {
        const auto read = std::pair(stack, older);
        if (m_last == read) return;
        m_last = read;
        m_of_stack.assign(m_rules.all().size(), false);
        for (auto& [subject, keys] : m_keys)
            merge_matches(m_of_stack, m_rules.matching(subject, keys.key_of(stack, older).key.raw()));
        if (!m_frames || !stack) return;
        m_frames->each(*stack, [&](std::int64_t, const Matches& frame) { merge_matches(m_of_stack, frame); });
    }

    [[nodiscard]] const Matches& metadata_matches(MaybeInteger id) {
        return m_metadata.of(id, [&] {
            if (!id) return Matches(m_rules.all().size());
            m_strings.reset();
            m_strings.bind(1, *id);
            return m_rules.matching(RuleSubject::metadata, m_strings.next() ? m_strings.text(0) : "");
        });
    }

    [[nodiscard]] const Matches& stream_matches(MaybeInteger stream) {
        if (!stream || !m_stream_names) return m_no_stream;
        return m_streams.of(
            stream, [&] { return m_rules.matching(RuleSubject::stream, m_stream_names->name_of(*stream)); });
    }

    const CategoryRules& m_rules;
    std::vector<std::pair<RuleSubject, StackKeys>> m_keys;
    std::optional<FrameCache<Matches>> m_frames;
    archive::Query m_strings;
    std::optional<StreamNames> m_stream_names;
    NumberedTexts m_metadata;
    NumberedTexts m_streams;
    Matches m_no_stream = Matches(m_rules.all().size());
    std::optional<std::pair<MaybeInteger, bool>> m_last;  // the stack of m_of_stack
    Matches m_of_stack;
};

}  // namespace

std::vector<bool> add_ruled_categories(archive::Database& database, std::int64_t device, const LiveAt& at,
                                       const CategoryRules& rules, RowGroups& groups) {
    require_column_of_phases(database, "allocations", "category", "categories");
    std::vector<bool> used(rules.all().size());
    RuleFinder finder(database, device, rules);
    archive::Query rows = is_answered_by_stacks(database, at, rules)
                              ? rows_of_stacks(database, device, at)
                              : rows_of_allocations(database, device, at, rules);
    while (rows.next()) {
        const std::optional<std::size_t> rule = finder.rule_of(rows);
        if (rule) used[*rule] = true;
        report::Key key = bare_key(rule ? rules.all()[*rule].category : rows.text(RowColumn::k_category));
        const std::int64_t bytes = rows.integer(RowColumn::k_bytes);
        const std::int64_t count = rows.integer(RowColumn::k_count);
        const bool older = rows.integer(RowColumn::k_older) != 0;
        groups.add(std::move(key), std::nullopt, bytes, count, older_part(at, older, bytes, count));
    }
    return used;
}

}  // namespace snapq::analysis
