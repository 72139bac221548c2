// Which room of src/ may know which: the floors of stair.json, lowest first. A room imports only from floors below its own;
// rooms on one floor do not know each other. docs/architecture.md shows the same stair to people, and a test compares them.
const floors = require("./stair.json").map((floor) => floor.map(({ room }) => room));
const rooms = floors.flat();

const inside = (names) => `^src/(${names.join("|")})/`;

const outside = { path: "^src/", pathNot: inside(rooms) };

const onlyDownwards = floors.flatMap((floor, height) =>
  floor.map((room) => ({
    name: `${room}-only-knows-floors-below`,
    comment: `src/${room}/ imports only itself and the floors below it (stair.json).`,
    severity: "error",
    from: { path: inside([room]) },
    to: { path: "^src/", pathNot: inside([room, ...floors.slice(0, height).flat()]) },
  })),
);

/** A package that is the business of some rooms alone. */
const alone = (name, comment, packages, knowers) => ({
  name,
  comment,
  severity: "error",
  from: { path: "^src/", pathNot: inside(knowers) },
  to: { path: packages },
});

module.exports = {
  forbidden: [
    ...onlyDownwards,
    ...[{ from: outside }, { from: { ...outside, orphan: true } }, { to: outside }].map((ends) => ({
      name: "every-file-in-a-room",
      comment: "Files of src/ stand in a room of stair.json.",
      severity: "error",
      from: {},
      to: {},
      ...ends,
    })),
    {
      name: "no-circle",
      comment: "Two files that need each other are one file, or hide a third.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "src-knows-only-src",
      comment: "What is shipped or run does not import tasks, scripts, tests or benchmarks.",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^(tasks|deploy|test|bench|scripts|hardhat\\.config)" },
    },
    alone(
      "only-the-top-knows-hardhat",
      "protocol/, filecoin/ and data/ are a library; programs run without Hardhat. gas/ is a Hardhat task of its own.",
      [
        ...["hardhat", "@nomicfoundation/", "@nomiclabs/", "@typechain/hardhat", "solidity-coverage"].map(
          (name) => `(^|node_modules/)${name}`,
        ),
        "^typechain-types/hardhat",
      ],
      ["cli", "hardhat", "gas"],
    ),
    alone(
      "only-the-store-knows-sql",
      "SQL is the business of store/.",
      ["libsql", "@libsql/", "kysely", "pg", "better-sqlite3"]
        .map((name) => `(^|node_modules/)${name}`)
        .concat("^(node:)?sqlite$"),
      ["store"],
    ),
    {
      name: "nothing-unresolved",
      comment: "An import that leads nowhere would pass every rule above.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules|typechain-types" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "require", "node", "default"] },
  },
};
