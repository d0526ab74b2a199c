#include "frames/phase.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <utility>

#include "frames/frame_class.hpp"
#include "frames/frame_text.hpp"
#include "frames/phase_rules.hpp"
#include "support/text.hpp"

namespace snapq::frames {

namespace {

// In bytes. A longer filename matches only rules without a part of a path, so that many frames of one such
// file take little time.
constexpr std::size_t k_longest_file = 32'767;

constexpr std::size_t k_kinds = static_cast<std::size_t>(PhaseRuleKind::inductor_directory) + 1;

// For each kind, the first rule of the table that matches; null: no rule matches.
using FirstRules = std::array<const PhaseRule*, k_kinds>;

constexpr std::size_t index_of(PhaseRuleKind kind) {
    return static_cast<std::size_t>(kind);
}

// The rules are elements of one array, so the order of their addresses is that of the table.
void keep_first(FirstRules& rules, const PhaseRule& rule) {
    const PhaseRule*& first = rules[index_of(rule.kind)];
    if (first == nullptr || &rule < first) first = &rule;
}

std::string path_of(std::string_view filename) {
    if (filename.size() > k_longest_file) return "/";
    std::string path = "/" + lowercase(filename);
    std::ranges::replace(path, '\\', '/');
    return path;
}

bool is_in_path(std::string_view part, std::string_view path) {
    if (!part.ends_with('*')) return path.find(part) != std::string_view::npos;
    part.remove_suffix(1);
    return path.substr(path.rfind('/')).find(part) != std::string_view::npos;
}

// The table, prepared for look-ups. Built at the first use, read by any thread.
class PhaseRuleIndex {
public:
    static const PhaseRuleIndex& get() {
        static const PhaseRuleIndex index;
        return index;
    }

    // The rules for all functions of a file.
    [[nodiscard]] FirstRules of_file(std::string_view path) const {
        FirstRules rules{};
        for (const PhaseRule* rule : m_files) {
            if (is_in_path(rule->path, path)) keep_first(rules, *rule);
        }
        return rules;
    }

    // Adds the rules for one function. They are few, so `path_of_file` is only called where a rule needs it.
    template <typename PathOfFile>
    void add_of_function(std::string_view function, PathOfFile&& path_of_file, FirstRules& rules) const {
        const auto found = m_functions.find(function);
        if (found == m_functions.end()) return;
        std::string path;
        for (const PhaseRule* rule : found->second) {
            if (!rule->path.empty() && path.empty()) path = path_of_file();
            if (rule->path.empty() || is_in_path(rule->path, path)) keep_first(rules, *rule);
        }
    }

    // Each text of a rule contains "::". A name contains it only a few times, so texts are compared at these
    // positions only.
    [[nodiscard]] FirstRules of_cpp_name(std::string_view name) const {
        FirstRules rules{};
        for (std::size_t at = name.find("::"); at != std::string_view::npos; at = name.find("::", at + 1)) {
            for (const auto& [rule, colons] : m_texts) {
                if (at >= colons && name.substr(at - colons).starts_with(rule->functions))
                    keep_first(rules, *rule);
            }
        }
        return rules;
    }

    [[nodiscard]] bool is_inductor_directory(std::string_view name) const {
        return std::ranges::any_of(m_directories,
                                   [&](const PhaseRule* rule) { return name.starts_with(rule->path); });
    }

private:
    PhaseRuleIndex() {
        for (const PhaseRule& rule : k_phase_rules) {
            if (rule.kind == PhaseRuleKind::inductor_directory) {
                m_directories.push_back(&rule);
            } else if (rule.kind == PhaseRuleKind::cpp || rule.kind == PhaseRuleKind::weak_cpp ||
                       rule.kind == PhaseRuleKind::any_cpp) {
                m_texts.emplace_back(&rule, rule.functions.find("::"));
            } else if (rule.functions.empty()) {
                m_files.push_back(&rule);
            } else {
                add_functions(rule);
            }
        }
    }

    void add_functions(const PhaseRule& rule) {
        std::string_view rest = rule.functions;
        while (!rest.empty()) {
            const std::size_t end = std::min(rest.find(' '), rest.size());
            m_functions[rest.substr(0, end)].push_back(&rule);
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }

    std::vector<const PhaseRule*> m_files;
    std::unordered_map<std::string_view, std::vector<const PhaseRule*>> m_functions;
    std::vector<std::pair<const PhaseRule*, std::size_t>> m_texts;  // with the position of the first "::"
    std::vector<const PhaseRule*> m_directories;
};

// What StackWalk needs to know about a frame.
struct FrameFacts {
    PhaseMeaning meaning = PhaseMeaning::none;
    PhaseMeaning weak = PhaseMeaning::none;
    bool is_known = false;
    bool is_cpp = false;
    bool is_workspace = false;
    bool is_kv_cache = false;
    bool is_generated = false;    // by inductor
    bool is_module_call = false;  // a torch.nn.Module runs below it
};

PhaseMeaning meaning_of(const PhaseRule* rule) {
    return rule == nullptr ? PhaseMeaning::none : rule->meaning;
}

bool is_inductor_code(std::string_view filename) {
    if (filename.size() > k_longest_file) return false;
    const FramePath path(filename);
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
        if (PhaseRuleIndex::get().is_inductor_directory(path[i])) return true;
    }
    return is_inductor_file(path);
}

// Finds the facts of frames. Remembers those of files and of names of C++ functions, because many frames
// share them.
class FrameReader {
public:
    explicit FrameReader(const Symbols& symbols) : m_symbols(symbols), m_frames(symbols.frame_count()) {}

    [[nodiscard]] const FrameFacts& of(FrameId id) {
        FrameFacts& facts = m_frames[id.value()];
        if (!facts.is_known) facts = read(m_symbols.frame(id));
        return facts;
    }

private:
    struct FileFacts {
        FirstRules rules{};
        bool is_generated = false;
    };

    [[nodiscard]] FrameFacts read(const Frame& frame) {
        const std::string_view filename = m_symbols.text(frame.filename);
        const std::string_view name = m_symbols.text(frame.name);
        FrameFacts facts;
        facts.is_known = true;
        facts.is_cpp = !is_python_frame(filename, name, frame.line);
        FirstRules rules{};
        if (facts.is_cpp) {
            rules = of_cpp_name(frame.name);
            facts.meaning = meaning_of(rules[index_of(PhaseRuleKind::cpp)]);
            facts.weak = meaning_of(rules[index_of(PhaseRuleKind::weak_cpp)]);
            facts.is_workspace = rules[index_of(PhaseRuleKind::any_cpp)] != nullptr;
            return facts;
        }
        const FileFacts& file = of_file(frame.filename);
        rules = file.rules;
        PhaseRuleIndex::get().add_of_function(
            name, [&] { return path_of(filename); }, rules);
        facts.meaning = meaning_of(rules[index_of(PhaseRuleKind::python)]);
        facts.weak = meaning_of(rules[index_of(PhaseRuleKind::weak_python)]);
        facts.is_kv_cache = rules[index_of(PhaseRuleKind::any_python)] != nullptr;
        facts.is_generated = file.is_generated;
        facts.is_module_call =
            name == "_call_impl" && is_in_path("/torch/nn/modules/module.py", path_of(filename));
        return facts;
    }

    [[nodiscard]] const FileFacts& of_file(TextId filename) {
        const auto [file, is_new] = m_files.try_emplace(filename);
        if (is_new) {
            const std::string_view text = m_symbols.text(filename);
            file->second = {PhaseRuleIndex::get().of_file(path_of(text)), is_inductor_code(text)};
        }
        return file->second;
    }

    [[nodiscard]] const FirstRules& of_cpp_name(TextId name) {
        const auto [known, is_new] = m_cpp_names.try_emplace(name);
        if (is_new) known->second = PhaseRuleIndex::get().of_cpp_name(m_symbols.text(name));
        return known->second;
    }

    const Symbols& m_symbols;
    std::vector<FrameFacts> m_frames;  // by FrameId
    std::unordered_map<TextId, FileFacts> m_files;
    std::unordered_map<TextId, FirstRules> m_cpp_names;
};

Phase phase_of(PhaseMeaning meaning) {
    switch (meaning) {
        case PhaseMeaning::zero_grad: return Phase::zero_grad;
        case PhaseMeaning::optimizer: return Phase::optimizer;
        case PhaseMeaning::communication: return Phase::communication;
        case PhaseMeaning::checkpoint: return Phase::checkpoint;
        case PhaseMeaning::backward:
        case PhaseMeaning::compiled_backward: return Phase::backward;
        case PhaseMeaning::load: return Phase::load;
        case PhaseMeaning::data: return Phase::data;
        case PhaseMeaning::compile: return Phase::compile;
        case PhaseMeaning::forward: return Phase::forward;
        default: return Phase::other;
    }
}

bool is_backward(PhaseMeaning meaning) {
    return meaning == PhaseMeaning::backward || meaning == PhaseMeaning::checkpoint ||
           meaning == PhaseMeaning::compiled_backward;
}

// Takes the frames of one stack, innermost first. The innermost frame with a rule decides, because it is
// nearest to the work: the step of an optimizer may call a closure that calls forward. Only a forward may be
// a part of something else, so the frames around it count, too: a module that runs inside the backward pass
// is a recomputation, and one that runs while a graph is captured is a part of the compilation. A compiled
// backward is no recomputation, although PyTorch 2.10 and later put the lines of the forward into its stack.
class StackWalk {
public:
    void add(const FrameFacts& frame) {
        m_stack.is_workspace |= frame.is_workspace;
        m_stack.is_kv_cache |= frame.is_kv_cache;
        m_stack.in_backward |= is_backward(frame.meaning);
        if (m_decided == PhaseMeaning::none) {
            m_decided = frame.meaning;
        } else if (m_decided == PhaseMeaning::forward) {
            m_decided = meaning_of_forward_inside(frame.meaning);
        }
        if (m_weak == PhaseMeaning::none) m_weak = frame.weak;
        m_runs_module |= frame.is_module_call;
        m_is_generated |= frame.is_generated;
    }

    // After the last frame. `has_frames`: whether there were any.
    [[nodiscard]] StackPhase finish(bool has_frames) {
        m_stack.is_decided = m_decided != PhaseMeaning::none;
        if (has_frames) m_stack.phase = phase_of(m_stack.is_decided ? m_decided : m_weak);
        return m_stack;
    }

private:
    [[nodiscard]] PhaseMeaning meaning_of_forward_inside(PhaseMeaning outer) const {
        if (outer == PhaseMeaning::compile) return outer;
        if (!is_backward(outer)) return PhaseMeaning::forward;
        if (outer != PhaseMeaning::backward) return outer;
        return m_runs_module && !m_is_generated ? PhaseMeaning::checkpoint : PhaseMeaning::backward;
    }

    StackPhase m_stack;
    PhaseMeaning m_decided = PhaseMeaning::none;
    PhaseMeaning m_weak = PhaseMeaning::none;
    bool m_runs_module = false;
    bool m_is_generated = false;
};

}  // namespace

std::string_view name_of(Phase phase) {
    switch (phase) {
        case Phase::none: return "";
        case Phase::zero_grad: return "zero_grad";
        case Phase::optimizer: return "optimizer";
        case Phase::communication: return "communication";
        case Phase::checkpoint: return "checkpoint";
        case Phase::backward: return "backward";
        case Phase::load: return "load";
        case Phase::data: return "data";
        case Phase::compile: return "compile";
        case Phase::forward: return "forward";
        case Phase::other: return "other";
    }
    return "";
}

StackPhases::StackPhases(const Symbols& symbols) {
    FrameReader frames(symbols);
    m_phases.reserve(symbols.stack_count());
    for (std::uint32_t id = 0; id < symbols.stack_count(); ++id) {
        const StackId stack(id);
        // Stacks with a forward stack share their frames with one that came before. Only work of the backward
        // pass has one.
        if (const StackId shared = symbols.frames_of(stack); shared != stack) {
            m_phases.push_back(m_phases[shared.value()]);
            if (!m_phases.back().is_decided) m_phases.back().phase = Phase::backward;
            continue;
        }
        StackWalk walk;
        const std::size_t depth = symbols.depth(stack);
        for (std::size_t i = 0; i < depth; ++i) {
            const FrameFacts& facts = frames.of(symbols.frame_at(stack, i));
            m_any_cpp |= facts.is_cpp;
            walk.add(facts);
        }
        m_phases.push_back(walk.finish(depth > 0));
    }
}

}  // namespace snapq::frames
