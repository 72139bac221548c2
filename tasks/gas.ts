import "../src/gas/task";
