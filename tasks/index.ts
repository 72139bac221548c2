// Each scope of tasks in a file of its own.
import "./deploy";
import "./deals";
import "./raas";
