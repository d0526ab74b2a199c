// What is different in a job of GitHub Actions, whose runner executes some lines of the output.
#pragma once

#include <string>
#include <vector>

#include "report/check.hpp"

namespace snapq::commands {

// Whether this runs in such a job.
[[nodiscard]] bool is_github_actions();

// From now on, nothing on stdout and stderr is a workflow command, whatever names from files it has. The two
// functions below are the only exception.
void guard_workflow();
[[nodiscard]] bool is_workflow_guarded();

// Prints lines that render::workflow_command made on stderr, where GitHub Actions reads them, too.
void say_annotations(const std::string& lines);

// Writes `::error` lines for the checks that failed, and appends `markdown` to the file that
// GITHUB_STEP_SUMMARY names, if it is set. Throws SystemError when that file cannot be written.
void report_to_github(const std::vector<report::Check>& checks, const std::string& markdown);

}  // namespace snapq::commands
