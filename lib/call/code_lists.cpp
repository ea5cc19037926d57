// SPDX-License-Identifier: MIT OR Apache-2.0
#include "call/code_lists.hpp"

namespace sotto::call {

const std::array<Emoji, 64> emoji_list{{
    {"🐶", "dog"},      {"🐱", "cat"},       {"🐭", "mouse"},      {"🐰", "rabbit"},
    {"🦊", "fox"},      {"🐻", "bear"},      {"🐼", "panda"},      {"🦁", "lion"},
    {"🐮", "cow"},      {"🐷", "pig"},       {"🐸", "frog"},       {"🐵", "monkey"},
    {"🐔", "chicken"},  {"🐧", "penguin"},   {"🦉", "owl"},        {"🐴", "horse"},
    {"🐝", "bee"},      {"🦋", "butterfly"}, {"🐌", "snail"},      {"🐢", "turtle"},
    {"🐍", "snake"},    {"🐙", "octopus"},   {"🐟", "fish"},       {"🐬", "dolphin"},
    {"🐘", "elephant"}, {"🐪", "camel"},     {"🌵", "cactus"},     {"🌲", "tree"},
    {"🍀", "clover"},   {"🍄", "mushroom"},  {"🌹", "rose"},       {"🌻", "sunflower"},
    {"🌙", "moon"},     {"⭐", "star"},      {"☀️", "sun"},         {"🌈", "rainbow"},
    {"🔥", "fire"},     {"☂️", "umbrella"},   {"⛄", "snowman"},    {"🍎", "apple"},
    {"🍌", "banana"},   {"🍇", "grapes"},    {"🍓", "strawberry"}, {"🍋", "lemon"},
    {"🥕", "carrot"},   {"🌽", "corn"},      {"🍕", "pizza"},      {"🎂", "cake"},
    {"☕", "cup"},      {"⚽", "football"},  {"🎸", "guitar"},     {"🎺", "trumpet"},
    {"🥁", "drum"},     {"🔔", "bell"},      {"🔑", "key"},        {"🔨", "hammer"},
    {"✂️", "scissors"},  {"⏰", "clock"},     {"📖", "book"},       {"💡", "lamp"},
    {"🚲", "bicycle"},  {"🚂", "train"},     {"🚀", "rocket"},     {"⛵", "boat"},
}};

const std::array<std::string_view, 256> word_list{
    "acorn",    "actor",   "album",    "alley",    "amber",    "anchor",   "angel",   "apple",
    "apron",    "arch",    "arrow",    "atlas",    "autumn",   "axle",     "bacon",   "badge",
    "bagel",    "bakery",  "balloon",  "bamboo",   "banjo",    "barrel",   "basket",  "beach",
    "beaver",   "bench",   "berry",    "bicycle",  "biscuit",  "blanket",  "blossom", "boat",
    "bonfire",  "bottle",  "bouquet",  "branch",   "bridge",   "broom",    "bubble",  "bucket",
    "buffalo",  "button",  "cabbage",  "cabin",    "cactus",   "camel",    "candle",  "canyon",
    "carpet",   "castle",  "cedar",    "cello",    "chalk",    "cherry",   "chimney", "cinema",
    "circus",   "clover",  "cobra",    "coconut",  "comet",    "copper",   "coral",   "cotton",
    "cousin",   "coyote",  "cradle",   "crayon",   "cricket",  "crystal",  "cuckoo",  "cushion",
    "dagger",   "daisy",   "dancer",   "denim",    "desert",   "diamond",  "dinner",  "doctor",
    "dolphin",  "domino",  "donkey",   "dragon",   "drum",     "duck",     "dune",    "eagle",
    "easel",    "echo",    "elbow",    "elephant", "ember",    "engine",   "falcon",  "farmer",
    "feather",  "ferry",   "fiddle",   "finger",   "flamingo", "flute",    "forest",  "fossil",
    "fountain", "fox",     "frost",    "fruit",    "funnel",   "galaxy",   "garlic",  "gazelle",
    "geyser",   "giant",   "ginger",   "giraffe",  "glacier",  "goblet",   "gorilla", "granite",
    "guitar",   "hammer",  "harbor",   "hazel",    "helmet",   "heron",    "hippo",   "honey",
    "hotel",    "hunter",  "iceberg",  "igloo",    "indigo",   "ink",      "island",  "ivory",
    "jacket",   "jaguar",  "jelly",    "jewel",    "jigsaw",   "judge",    "juice",   "jungle",
    "kayak",    "kettle",  "kitten",   "knight",   "koala",    "ladder",   "lagoon",  "lantern",
    "lemon",    "leopard", "library",  "lion",     "lizard",   "lobster",  "lotus",   "lunch",
    "magnet",   "mango",   "maple",    "marble",   "meadow",   "melon",    "mermaid", "mirror",
    "monkey",   "mosaic",  "mountain", "muffin",   "museum",   "mustard",  "napkin",  "needle",
    "nephew",   "nickel",  "noodle",   "north",    "nutmeg",   "oasis",    "ocean",   "olive",
    "onion",    "opera",   "orange",   "orchid",   "otter",    "oyster",   "paddle",  "palace",
    "panda",    "parrot",  "peanut",   "pebble",   "pencil",   "pepper",   "piano",   "pigeon",
    "pillow",   "pirate",  "planet",   "plum",     "pocket",   "poet",     "polar",   "pony",
    "pumpkin",  "puzzle",  "quartz",   "queen",    "quilt",    "rabbit",   "radio",   "raft",
    "rainbow",  "raven",   "ribbon",   "river",    "robot",    "rocket",   "rooster", "ruby",
    "saddle",   "salmon",  "sandal",   "saturn",   "school",   "scooter",  "shadow",  "sheriff",
    "silver",   "sketch",  "slipper",  "snail",    "soda",     "spider",   "squid",   "statue",
    "sugar",    "summer",  "swan",     "tailor",   "tango",    "teapot",   "temple",  "thunder",
    "tiger",    "tomato",  "trumpet",  "tulip",    "turtle",   "umbrella", "vanilla", "walnut",
};

}  // namespace sotto::call
