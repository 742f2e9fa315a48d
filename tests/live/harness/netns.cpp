// SPDX-License-Identifier: MIT
#include "harness/netns.h"

#include "harness/check.h"

#include <fcntl.h>
#include <sched.h>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace slotscope::live {
namespace {

constexpr const char* kLeftHardware = "02:00:00:00:00:0a";
constexpr const char* kRightHardware = "02:00:00:00:00:0b";
constexpr const char* kNobodysHardware = "02:00:00:00:00:99";

Fd own_namespace()
{
    return Fd(must(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), "open the network namespace"));
}

std::vector<std::string> words(const std::string& text)
{
    std::vector<std::string> all;
    std::istringstream stream(text);
    for (std::string word; stream >> word;)
        all.push_back(word);
    return all;
}

void neighbour(const Namespace& where, const std::string& address, const char* hardware)
{
    where.run("ip neigh replace " + address + " lladdr " + hardware + " dev veth0 nud permanent");
}

} // namespace

Inside::Inside(int netns)
    : home_(own_namespace())
{
    must(::setns(netns, CLONE_NEWNET), "enter a network namespace");
}

Inside::~Inside()
{
    if (::setns(home_.get(), CLONE_NEWNET) != 0)
        std::abort(); // every later test would run in the wrong place
}

Namespace::Namespace()
{
    const Fd home = own_namespace();
    must(::unshare(CLONE_NEWNET), "make a network namespace");
    fd_ = own_namespace();
    anchor_ = std::make_unique<Actor>(Inherit::nothing, [](const Channel& channel) { channel.hear(); });
    must(::setns(home.get(), CLONE_NEWNET), "leave the new network namespace");
    struct stat about {};
    must(::fstat(fd_.get(), &about), "fstat");
    inode_ = static_cast<std::uint32_t>(about.st_ino);
    run("ip link set lo up");
}

void Namespace::run(const std::string& command) const
{
    ProgramOptions options;
    options.command = words(command);
    if (options.command.front() == "ip")
        options.command.front() = "/sbin/ip";
    options.netns = fd_.get();
    const Outcome outcome = live::run(options);
    if (outcome.exit != 0)
        throw std::runtime_error(command + ": " + outcome.said());
}

void Namespace::sysctl(const std::string& name, const std::string& value) const
{
    const Inside here(fd_.get());
    const Fd file(
        must(::open(("/proc/sys/net/" + name).c_str(), O_WRONLY | O_CLOEXEC), "open sysctl " + name));
    must(static_cast<int>(::write(file.get(), value.data(), value.size())), "write sysctl " + name);
}

void Namespace::vanish()
{
    anchor_->kill();
    close(fd_);
}

Link::Link(const Namespace& left, const Namespace& right, std::uint32_t number)
    : left_(left)
    , right_(right)
    , prefix4_("10." + std::to_string(number >> 8 & 255) + "." + std::to_string(number & 255) + ".")
{
    char text[32];
    std::snprintf(text, sizeof(text), "fd00:%x:%x::", number >> 16 & 0xffff, number & 0xffff);
    prefix6_ = text;
    left.run(std::string("ip link add veth0 address ") + kLeftHardware +
             " type veth peer name veth0 address " + kRightHardware + " netns " +
             std::to_string(right.process()));
    const auto raise = [](const Namespace& where, const std::string& ip4, const std::string& ip6) {
        where.run("ip addr add " + ip4 + "/24 dev veth0");
        where.run("ip -6 addr add " + ip6 + "/64 dev veth0 nodad");
        where.run("ip link set veth0 up");
    };
    raise(left, left4(), left6());
    raise(right, right4(), right6());
    mend_to_right();
    mend_to_left();
    neighbour(left, nobody4(), kNobodysHardware);
}

void Link::cut_to_right() const
{
    neighbour(left_, right4(), kNobodysHardware);
    neighbour(left_, right6(), kNobodysHardware);
}

void Link::cut_to_left() const
{
    neighbour(right_, left4(), kNobodysHardware);
    neighbour(right_, left6(), kNobodysHardware);
}

void Link::mend_to_right() const
{
    neighbour(left_, right4(), kRightHardware);
    neighbour(left_, right6(), kRightHardware);
}

void Link::mend_to_left() const
{
    neighbour(right_, left4(), kLeftHardware);
    neighbour(right_, left6(), kLeftHardware);
}

} // namespace slotscope::live
