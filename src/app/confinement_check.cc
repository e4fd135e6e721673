#include "app/confinement_check.h"

#include <map>
#include <utility>

#include "rt/confinement.h"

namespace junctor::app {

std::vector<Unconfinable> unconfinable_blocking(
    std::span<const agent::UpstreamSettings> upstreams) {
  std::vector<Unconfinable> found;
  std::map<std::pair<rt::ChildNetwork, rt::ChildFiles>, bool> tried;
  for (std::size_t i = 0; i < upstreams.size(); ++i) {
    const rt::Confinement& asked = upstreams[i].stdio.confinement;
    if (!upstreams[i].is_stdio() || !asked.is_asked_for()) continue;
    const auto [known, is_new] = tried.try_emplace({asked.network, asked.files}, false);
    if (is_new) known->second = rt::can_confine_blocking(asked);
    if (known->second) continue;
    found.push_back({.upstream = i,
                     .sentence = "this system does not allow the namespaces that `network: none` "
                                 "and `files: read_only` need, so no process of this upstream can "
                                 "be started; allow user namespaces, or leave these settings out"});
  }
  return found;
}

}  // namespace junctor::app
