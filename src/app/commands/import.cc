#include "app/commands/import.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <span>
#include <utility>

#include <fmt/core.h>

#include "app/commands/import_edit.h"
#include "app/commands/import_plan.h"
#include "app/commands/import_reader.h"
#include "app/commands/import_yaml.h"
#include "app/read_file.h"
#include "base/assert.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/render.h"

namespace junctor::app {
namespace {

constexpr int kExitFailed = 1;

// ---- the report

std::string section(std::string_view title, std::span<const std::string> lines) {
  if (lines.empty()) return {};
  std::string made = fmt::format("\n{}:\n", title);
  for (const std::string& line : lines) made += fmt::format("  {}\n", line);
  return made;
}

std::string plan_table(const ImportPlan& plan) {
  if (plan.added.empty()) return "nothing is to be added\n";
  std::vector<std::vector<std::string>> rows{{"UPSTREAM", "REACHED BY", "FROM"}};
  for (const PlannedUpstream& upstream : plan.added) {
    rows.push_back({upstream.name, reached_by(upstream), upstream.server.origin});
  }
  return cli::table(rows);
}

std::string report(const ImportPlan& plan, const ImportReading& all) {
  return plan_table(plan) + section("left out", all.left_out) +
         section("without an equivalent", all.losses) + section("to know", plan.notes) +
         section("variables to set where junctor starts", plan.variables);
}

ImportOutcome failed(std::string sentence) {
  JUNCTOR_ASSERT(!sentence.empty());
  return {.exit_code = kExitFailed, .out = {}, .err = "junctor: " + sentence + "\n"};
}

void append(std::vector<std::string>& lines, std::vector<std::string> more) {
  lines.insert(lines.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
}

// What all files hold together; a file that is none we know stops the import, or it would seem to
// have been taken over.
std::expected<ImportReading, std::string> read_all(const std::vector<ImportSource>& sources) {
  ImportReading all;
  for (const ImportSource& source : sources) {
    auto reading = read_import(source.text, source.file);
    if (!reading) return std::unexpected{std::move(reading).error()};
    append(all.losses, std::move(reading->losses));
    append(all.left_out, std::move(reading->left_out));
    all.servers.insert(all.servers.end(), std::make_move_iterator(reading->servers.begin()),
                       std::make_move_iterator(reading->servers.end()));
  }
  return all;
}

// ---- files

Result<> cannot(std::string_view what, const std::string& path) {
  return fail(ErrorKind::not_found, "file_unusable",
              fmt::format("cannot {} {}: {}", what, safe_for_log(path), std::strerror(errno)));
}

class File {
 public:
  File(const std::string& path, int flags) : fd_{::open(path.c_str(), flags | O_CLOEXEC, 0666)} {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }
  [[nodiscard]] int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

bool write_all_blocking(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return ::fsync(fd) == 0;
}

// Where a link leads to, so that the link stays one; the path itself when nothing is there yet.
std::string real_path_blocking(const std::string& path) {
  std::string real(PATH_MAX, '\0');
  if (::realpath(path.c_str(), real.data()) == nullptr) return path;
  real.resize(std::strlen(real.c_str()));
  return real;
}

// Written beside and renamed: whoever reads the file sees the one before or the one after. Mode and
// owner stay, the owner where the system allows it.
Result<> replace_file_blocking(const std::string& path, std::string_view text) {
  const std::string real = real_path_blocking(path);
  const std::string beside = fmt::format("{}.{}.new", real, ::getpid());
  const File file{beside, O_WRONLY | O_CREAT | O_EXCL};
  if (!file.is_open()) return cannot("write beside", path);
  struct stat before{};
  bool is_good = true;
  if (::stat(real.c_str(), &before) == 0) {
    (void)::fchown(file.fd(), before.st_uid, before.st_gid);
    is_good = ::fchmod(file.fd(), before.st_mode & 07777U) == 0;
  }
  is_good =
      is_good && write_all_blocking(file.fd(), text) && ::rename(beside.c_str(), real.c_str()) == 0;
  if (is_good) return {};
  const Result<> outcome = cannot("write", path);
  (void)::unlink(beside.c_str());
  return outcome;
}

}  // namespace

ImportOutcome import_texts(const std::vector<ImportSource>& sources, const ImportSource* into) {
  auto all = read_all(sources);
  if (!all) return failed(std::move(all).error());
  const ImportSource nothing;
  const ImportSource& base = into == nullptr ? nothing : *into;
  const auto existing = read_existing(base.text, safe_for_log(base.file));
  if (!existing) return failed(existing.error());
  const bool is_any_found = !all->servers.empty();
  const ImportPlan plan = plan_import(std::exchange(all->servers, {}), *existing);
  ImportOutcome outcome{
      .exit_code = is_any_found ? 0 : kExitFailed, .out = {}, .err = report(plan, *all)};
  if (plan.added.empty()) {
    outcome.out = base.text;
    return outcome;
  }
  auto edited = add_to_config(base.text, plan.added);
  if (!edited) {
    outcome.exit_code = kExitFailed;
    const std::string what = into == nullptr
                                 ? std::string{"no configuration can be made of it"}
                                 : fmt::format("{} is left as it is", safe_for_log(base.file));
    outcome.err += fmt::format("\n{}: {}; add this by hand:\n", what, edited.error());
    outcome.out = standalone_yaml(plan.added);
    return outcome;
  }
  if (!edited->route_note.empty()) outcome.err += fmt::format("\n{}\n", edited->route_note);
  outcome.out = std::move(edited->text);
  return outcome;
}

ImportOutcome import_blocking(const std::vector<std::string>& files, const std::string& into) {
  if (files.empty() || files.size() > kImportFilesMax) {
    return failed(fmt::format("expected 1 to {} files to import", kImportFilesMax));
  }
  std::vector<ImportSource> sources;
  for (const std::string& file : files) {
    auto text = read_input_blocking(file, kImportBytesMax);
    if (!text) return failed(text.error().detail());
    sources.push_back({.file = file, .text = *std::move(text)});
  }
  if (into.empty()) return import_texts(sources, nullptr);
  ImportSource base{.file = into, .text = {}};
  if (::access(into.c_str(), F_OK) == 0) {
    auto text = read_file_blocking(into, kImportBytesMax);
    if (!text) return failed(text.error().detail());
    base.text = *std::move(text);
  }
  ImportOutcome outcome = import_texts(sources, &base);
  if (outcome.exit_code != 0) return outcome;
  const std::string text = std::exchange(outcome.out, {});
  if (text == base.text) {
    outcome.err += fmt::format("\n{} is left as it is\n", safe_for_log(into));
    return outcome;
  }
  if (const auto written = replace_file_blocking(into, text); !written) {
    return failed(written.error().detail());
  }
  outcome.err += fmt::format("\n{0} is written; `junctor check {0}` says what it serves\n",
                             safe_for_log(into));
  return outcome;
}

}  // namespace junctor::app
