// Apache MINA SSHD's client; `mina` compiles it.
import java.io.File;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.keyverifier.KnownHostsServerKeyVerifier;
import org.apache.sshd.client.keyverifier.RejectAllServerKeyVerifier;
import org.apache.sshd.sftp.client.SftpClient;
import org.apache.sshd.sftp.client.SftpClient.OpenMode;
import org.apache.sshd.sftp.client.SftpClientFactory;

public class MinaSteps {
    static final String local = System.getenv("BERTH_LOCAL"), remote = System.getenv("BERTH_REMOTE");
    static SftpClient sftp;

    static void put(String from, String to) throws Exception {
        try (var target = sftp.write(to)) { Files.copy(Path.of(from), target); }
    }

    static void get(String from, String to) throws Exception {
        try (var source = sftp.read(from); var target = Files.newOutputStream(Path.of(to))) { source.transferTo(target); }
    }

    static void resumePut(String from, String to) throws Exception {
        long size = sftp.stat(to).getSize();
        try (var source = Files.newInputStream(Path.of(from)); var target = sftp.write(to, OpenMode.Write, OpenMode.Append)) {
            source.skipNBytes(size);
            source.transferTo(target);
        }
    }

    static void resumeGet(String from, String to) throws Exception {
        try (var handle = sftp.open(from, OpenMode.Read);
                OutputStream target = Files.newOutputStream(Path.of(to), StandardOpenOption.APPEND)) {
            var part = new byte[32_768];
            long offset = Files.size(Path.of(to));
            for (int count; (count = sftp.read(handle, offset, part)) > 0; offset += count) target.write(part, 0, count);
        }
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
        for (var entry : sftp.readDir(from)) {
            String name = entry.getFilename();
            if (name.equals(".") || name.equals("..")) continue;
            if (entry.getAttributes().isDirectory()) getTree(from + "/" + name, to + "/" + name);
            else get(from + "/" + name, to + "/" + name);
        }
    }

    static void run(String step) throws Exception {
        String[] names = {"empty", "one", "mebibyte"};
        switch (step) {
            case "login", "wrong-password" -> System.out.println(sftp.canonicalPath("."));
            case "list" -> sftp.readDir(remote).forEach(entry -> System.out.println(entry.getLongFilename()));
            case "make-directories" -> { sftp.mkdir(remote + "/made"); sftp.mkdir(remote + "/made/deeper"); }
            case "upload" -> { for (var name : names) put(local + "/" + name, remote + "/" + name); }
            case "download" -> { for (var name : names) get(remote + "/" + name, local + "/" + name); }
            case "large" -> { put(System.getenv("BERTH_LARGE"), remote + "/large"); get(remote + "/large", local + "/large"); }
            case "resume-upload" -> resumePut(local + "/file", remote + "/file");
            case "resume-download" -> resumeGet(remote + "/file", local + "/file");
            case "rename" -> sftp.rename(remote + "/old", remote + "/new");
            case "mode" -> sftp.setStat(remote + "/file", new SftpClient.Attributes().perms(0604));
            case "time" -> {
                var time = FileTime.fromMillis(1234567890_000L);
                sftp.setStat(remote + "/file", new SftpClient.Attributes().accessTime(time).modifyTime(time));
            }
            case "remove" -> { sftp.remove(remote + "/file"); sftp.rmdir(remote + "/directory"); }
            case "symlink" -> { sftp.symLink(remote + "/link", "target"); System.out.println(sftp.readLink(remote + "/link")); }
            case "names", "tree" -> { putTree(new File(local, step), remote + "/" + step); getTree(remote + "/" + step, local + "/back"); }
            case "missing" -> get(remote + "/missing", local + "/missing");
            default -> System.exit(64);
        }
    }

    public static void main(String[] arguments) throws Exception {
        int status = 0;
        var client = SshClient.setUpDefaultClient();
        var keys = Path.of(System.getenv("BERTH_KNOWN_HOSTS"));
        client.setServerKeyVerifier(new KnownHostsServerKeyVerifier(RejectAllServerKeyVerifier.INSTANCE, keys));
        client.start();
        var wait = Duration.ofSeconds(20);
        var user = System.getenv("BERTH_USER");
        try (var session = client.connect(user, System.getenv("BERTH_HOST"), Integer.parseInt(System.getenv("BERTH_PORT")))
                .verify(wait).getSession()) {
            session.addPasswordIdentity(Files.readAllLines(Path.of(System.getenv("BERTH_PASSWORD_FILE"))).get(0));
            session.auth().verify(wait);
            sftp = SftpClientFactory.instance().createSftpClient(session);
            run(arguments[0]);
            sftp.close();
        } catch (Exception error) {
            System.err.println(error);
            status = 1;
        }
        client.stop();
        System.exit(status);
    }
}
