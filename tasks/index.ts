// Each scope of tasks in a file of its own.
import "./deals";
import "./deploy";
import "./gas";
import "./raas";
