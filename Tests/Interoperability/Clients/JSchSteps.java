// JSch; `jsch` compiles it.
import com.jcraft.jsch.ChannelSftp;
import com.jcraft.jsch.JSch;
import com.jcraft.jsch.Session;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;

public class JSchSteps {
    static final String local = System.getenv("BERTH_LOCAL"), remote = System.getenv("BERTH_REMOTE");
    static ChannelSftp sftp;

    // JSch takes ?, * and [ for patterns and \ for what makes them plain.
    static String plain(String path) { return path.replaceAll("([\\\\?*\\[\\]{}])", "\\\\$1"); }

    static void put(String from, String to) throws Exception {
        try (var source = Files.newInputStream(Path.of(from))) { sftp.put(source, plain(to)); }
    }

    static void get(String from, String to) throws Exception {
        try (var target = Files.newOutputStream(Path.of(to))) { sftp.get(plain(from), target); }
    }

    static void putTree(File from, String to) throws Exception {
        sftp.mkdir(to);
        for (File file : from.listFiles()) {
            if (file.isDirectory()) putTree(file, to + "/" + file.getName());
            else put(file.getPath(), to + "/" + file.getName());
        }
    }

    static void getTree(String from, String to) throws Exception {
        Files.createDirectory(Path.of(to));
        for (Object item : sftp.ls(plain(from))) {
            var entry = (ChannelSftp.LsEntry) item;
            String name = entry.getFilename();
            if (name.equals(".") || name.equals("..")) continue;
            if (entry.getAttrs().isDir()) getTree(from + "/" + name, to + "/" + name);
            else get(from + "/" + name, to + "/" + name);
        }
    }

    static void run(String step) throws Exception {
        String[] names = {"empty", "one", "mebibyte"};
        switch (step) {
            case "login", "wrong-password" -> System.out.println(sftp.pwd());
            case "list" -> sftp.ls(remote).forEach(entry -> System.out.println(entry));
            case "make-directories" -> { sftp.mkdir(remote + "/made"); sftp.mkdir(remote + "/made/deeper"); }
            case "upload" -> { for (var name : names) put(local + "/" + name, remote + "/" + name); }
            case "download" -> { for (var name : names) get(remote + "/" + name, local + "/" + name); }
            case "large" -> { put(System.getenv("BERTH_LARGE"), remote + "/large"); get(remote + "/large", local + "/large"); }
            case "resume-upload" -> sftp.put(local + "/file", remote + "/file", ChannelSftp.RESUME);
            case "resume-download" -> sftp.get(remote + "/file", local + "/file", null, ChannelSftp.RESUME);
            case "rename" -> sftp.rename(remote + "/old", remote + "/new");
            case "mode" -> sftp.chmod(0604, remote + "/file");
            case "time" -> sftp.setMtime(remote + "/file", 1234567890);
            case "remove" -> { sftp.rm(remote + "/file"); sftp.rmdir(remote + "/directory"); }
            case "symlink" -> { sftp.symlink("target", remote + "/link"); System.out.println(sftp.readlink(remote + "/link")); }
            case "names", "tree" -> { putTree(new File(local, step), remote + "/" + step); getTree(remote + "/" + step, local + "/back"); }
            case "missing" -> get(remote + "/missing", local + "/missing");
            default -> System.exit(64);
        }
    }

    public static void main(String[] arguments) throws Exception {
        int status = 0;
        Session session = null;
        try {
            var jsch = new JSch();
            jsch.setKnownHosts(System.getenv("BERTH_KNOWN_HOSTS"));
            session = jsch.getSession(System.getenv("BERTH_USER"), System.getenv("BERTH_HOST"), Integer.parseInt(System.getenv("BERTH_PORT")));
            session.setPassword(Files.readAllLines(Path.of(System.getenv("BERTH_PASSWORD_FILE"))).get(0));
            session.setConfig("StrictHostKeyChecking", "yes");
            session.setConfig("PreferredAuthentications", "password");
            if (System.getenv("BERTH_WEAK") != null) {
                session.setConfig("kex", "diffie-hellman-group14-sha1");
                session.setConfig("server_host_key", "ssh-rsa");
                for (var way : new String[] {"s2c", "c2s"}) {
                    session.setConfig("cipher." + way, "aes128-cbc");
                    session.setConfig("mac." + way, "hmac-sha1");
                }
            } else if (System.getenv("BERTH_SUITE") == null) {
                // 0.1.55 knows neither Ed25519 nor rsa-sha2; its successor does.
                session.setConfig("server_host_key", "ecdsa-sha2-nistp256");
            }
            session.connect(20_000);
            sftp = (ChannelSftp) session.openChannel("sftp");
            sftp.connect(20_000);
            run(arguments[0]);
        } catch (Exception error) {
            System.err.println(error);
            status = 1;
        }
        if (session != null) session.disconnect();
        System.exit(status);
    }
}
