// Each scope of tasks in a file of its own.
export {};
