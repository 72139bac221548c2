// Each scope of tasks in a file of its own.
import "./deploy";
